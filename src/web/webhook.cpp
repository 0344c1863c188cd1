#include "web/webhook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "web/credentials.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

/// Every offered token against every good one, to the end, so that time tells nothing.
bool opens(const Webhook& hook, const std::vector<Secret>& offered) {
  bool good = false;
  for (const auto& token : hook.tokens)
    for (const auto& offer : offered)
      good |= token.equals(offer.reveal());
  return good;
}

bool known_encoding(std::string_view encoding) {
  constexpr std::array<std::string_view, 6> known{"", "identity", "gzip", "x-gzip", "deflate", "zstd"};
  return std::find(known.begin(), known.end(), encoding) != known.end();
}

net::Response tally_reply(const app::Tally& tally) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = fmt::format(R"({{"received":{},"events":{},"duplicates":{},"quarantined":{},"ignored":{}}})"
                              "\n",
                              tally.received, tally.events, tally.duplicates, tally.quarantined, tally.ignored)};
}

}  // namespace

Webhooks::Webhooks(std::vector<Webhook> hooks, app::Ingest& ingest, const Clock& clock)
    : ingest_(ingest), clock_(clock) {
  for (auto& hook : hooks) {
    doors_.push_back(std::make_unique<Door>());
    doors_.back()->hook = std::move(hook);
  }
}

Webhooks::Door* Webhooks::door(std::string_view path) const {
  if (!path.starts_with(prefix)) return nullptr;
  path.remove_prefix(prefix.size());
  const auto name = path.substr(0, path.find('/'));
  for (const auto& door : doors_)
    if (door->hook.source.name == name) return door.get();
  return nullptr;
}

const Webhook* Webhooks::find(std::string_view path) const {
  const auto* found = door(path);
  return found ? &found->hook : nullptr;
}

void Webhooks::handle(net::Request request, net::Respond respond) {
  auto* const found = door(request.path);
  if (!found) return respond(json_error(404, "no webhook of this name is configured"));
  const auto& hook = found->hook;
  if (!opens(hook, offered_tokens(request, hook.token_header))) {
    found->refused.fetch_add(1, std::memory_order_relaxed);
    return respond(json_error(401, "this webhook's token is missing or wrong"));
  }
  if (request.method != "POST") {
    auto reply = json_error(405, "webhooks take POST");
    reply.headers.emplace_back("Allow", "POST");
    return respond(std::move(reply));
  }
  const auto encoding = net::header(request.headers, "Content-Encoding");
  if (!known_encoding(encoding))
    return respond(json_error(415, "this Content-Encoding is not understood (gzip, deflate, zstd and identity are)"));

  const auto below_name = std::string_view(request.path).substr(prefix.size() + hook.source.name.size());
  auto decoded = hook.decoder->decode({.suffix = below_name,
                                       .content_type = net::header(request.headers, "Content-Type"),
                                       .content_encoding = encoding,
                                       .body = request.body,
                                       .arrival = clock_.now()});
  if (!decoded) return respond(json_error(decoded.error()));
  ingest_.messages(hook.source, *std::move(decoded), [respond = std::move(respond)](Result<app::Tally> tally) mutable {
    respond(tally ? tally_reply(*tally) : json_error(tally.error()));
  });
}

std::vector<std::pair<std::string, std::uint64_t>> Webhooks::refused() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (const auto& door : doors_)
    all.emplace_back(door->hook.source.name, door->refused.load());
  return all;
}

}  // namespace countersign::web
