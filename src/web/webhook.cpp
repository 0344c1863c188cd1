#include "web/webhook.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "web/content_encoding.hpp"
#include "web/credentials.hpp"
#include "web/reply.hpp"
#include "web/webhook_pieces.hpp"
#include "web/webhook_visit.hpp"

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

bool may_enter(const Webhook& hook, const net::Request& request) {
  if (hook.tokens.empty()) return hook.decoder->proves();
  auto offered = offered_tokens(request, hook.token_header);
  if (const auto own = net::header(request.headers, std::string(hook.decoder->token_header())); !own.empty())
    offered.emplace_back(std::string(own));
  return opens(hook, offered);
}

net::Response unknown_encoding() {
  auto reply = json_error(415, fmt::format("this Content-Encoding is not understood; one of {} is", encodings_taken));
  reply.headers.emplace_back("Accept-Encoding", encodings_taken);
  return reply;
}

net::Response tally_reply(const app::Tally& tally) {
  return {.status = 200,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = fmt::format(R"({{"received":{},"events":{},"duplicates":{},"quarantined":{},"ignored":{}}})"
                              "\n",
                              tally.received, tally.events, tally.duplicates, tally.quarantined, tally.ignored)};
}

net::Response as_response(app::Reply reply) {
  return {.status = reply.status, .headers = std::move(reply.headers), .body = std::move(reply.body)};
}

constexpr int most_rounds = 4;  // of decode() and what it needs: certificate, confirmation, and one to spare

}  // namespace

app::Delivery delivery_of(const Webhook& hook, const net::Request& request, Timestamp arrival) {
  app::Delivery delivery;
  delivery.method = request.method;
  delivery.suffix = std::string_view(request.path).substr(Webhooks::prefix.size() + hook.source.name.size());
  delivery.query = request.query;
  delivery.content_type = net::header(request.headers, "Content-Type");
  delivery.headers = request.headers;
  delivery.body = request.body;
  delivery.arrival = arrival;
  return delivery;
}

Error no_room() {
  return {Fault::overloaded, "too much is being taken in at once: try again later"};
}

Webhooks::Webhooks(std::vector<Webhook> hooks, app::Ingest& ingest, const Clock& clock, net::Client* client,
                   Budget& budget, Refusals& refusals)
    : ingest_(ingest), clock_(clock), fetches_(client, clock), budget_(budget), refusals_(refusals) {
  for (auto& hook : hooks) {
    if (hook.tokens.empty()) refusals_.open_to_all(hook.source.name);
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

/// A stranger's fault is none of the sender's.
void Webhooks::note_refusal(const Visit& visit, int status, Refusals::Reason reason) {
  refusals_.add(visit.door.hook.source.name, status, visit.stranger ? Refusals::Reason::token : reason,
                visit.request.peer);
}

void Webhooks::refuse(Visit& visit, const Error& error) {
  if (error.fault == Fault::unauthorized) visit.door.refused.fetch_add(1, std::memory_order_relaxed);
  visit.request.body = {};
  visit.share.reset();
  auto own = visit.door.hook.decoder->refusal(visit.delivery(), error);
  // Ours to mend and not the client's: it shall come again.
  auto reply = own                              ? as_response(*std::move(own))
               : error.fault == Fault::internal ? json_error(503, error.message)
                                                : json_error(error);
  note_refusal(visit, reply.status, Refusals::reason_of(error.fault));
  visit.respond(std::move(reply));
}

std::optional<net::Response> Webhooks::refused_unread(const net::Request& head, int status) {
  const auto* const found = door(head.path);
  const auto name = found ? std::string_view(found->hook.source.name) : std::string_view();
  const bool stranger = found && !may_enter(found->hook, head);
  const auto answer = [&](std::optional<net::Response> own) {
    refusals_.add(name, own ? own->status : status, stranger ? Refusals::Reason::token : Refusals::reason_of(status),
                  head.peer);
    return own;
  };
  if (!found || (status != 413 && status != 503)) return answer(std::nullopt);
  const auto error = status == 413 ? Error{Fault::too_large, "the request's body is too large"} : no_room();
  auto own = found->hook.decoder->refusal(delivery_of(found->hook, head, clock_.now()), error);
  return answer(own ? std::optional(as_response(*std::move(own))) : std::nullopt);
}

void Webhooks::handle(net::Request request, net::Respond respond) {
  auto* const found = door(request.path);
  if (!found) {
    refusals_.add("", 404, Refusals::Reason::no_webhook, request.peer);
    return respond(json_error(404, "no webhook of this name is configured"));
  }
  auto visit = std::make_shared<Visit>(*found, std::move(request), std::move(respond), clock_.now());
  const auto& hook = found->hook;
  const auto head = visit->delivery();
  const auto way_in = hook.decoder->door(head);
  visit->stranger = !may_enter(hook, visit->request);
  if (way_in != app::Door::open && visit->stranger)
    return refuse(*visit, {Fault::unauthorized, "this webhook's token is missing or wrong"});
  if (way_in == app::Door::closed) {
    auto reply = json_error(405, "webhooks take POST");
    reply.headers.emplace_back("Allow", "POST");
    return visit->respond(std::move(reply));
  }
  const auto encoding = content_encoding(visit->request.headers);
  if (!encoding) {
    note_refusal(*visit, 415, Refusals::Reason::encoding);
    return visit->respond(unknown_encoding());
  }
  visit->encoding = *encoding;
  admit(std::move(visit));
}

std::shared_ptr<net::BodyReader> Webhooks::body_reader(const net::Request& head) {
  auto* const found = door(head.path);
  if (!found) return nullptr;
  auto cutter = found->hook.decoder->cutter(found->hook.body_limit());
  if (!cutter) return nullptr;
  const auto way_in = found->hook.decoder->door(delivery_of(found->hook, head, clock_.now()));
  // Whom handle() refuses is read as far as it takes.
  if (way_in != app::Door::guarded || !may_enter(found->hook, head)) return nullptr;
  const auto encoding = content_encoding(head.headers);
  if (!encoding || !(encoding->empty() || *encoding == "identity")) return nullptr;
  return std::make_shared<Pieces>(*this, *found, head, std::move(cutter));
}

void Webhooks::admit(std::shared_ptr<Visit> visit) {
  visit->share =
      budget_.take(held_while_decoding(visit->request.body, visit->encoding, visit->door.hook.most_unpacked));
  if (!visit->share) return refuse(*visit, no_room());
  decode(std::move(visit));
}

void Webhooks::decode(std::shared_ptr<Visit> visit) {
  const auto& hook = visit->door.hook;
  auto decoded = hook.decoder->decode(visit->delivery());
  if (!decoded) return refuse(*visit, decoded.error());
  if (!decoded->needs.empty()) {
    if (++visit->rounds > most_rounds) return refuse(*visit, {Fault::internal, "the decoder never has enough"});
    return fetches_.get(std::move(decoded->needs), [this, visit](Result<std::vector<app::Fetched>> answers) {
      if (!answers) return refuse(*visit, answers.error());
      for (auto& answer : *answers) {
        std::erase_if(visit->fetched, [&](const app::Fetched& older) { return older.url == answer.url; });
        visit->fetched.push_back(std::move(answer));
      }
      decode(visit);
    });
  }
  if (visit->pieces) visit->pieces->complete(*decoded);
  visit->request.body = {};  // the records own their text
  if (!visit->share->resize(held_by(*decoded))) return refuse(*visit, no_room());
  visit->reply = std::move(decoded->reply);
  ingest_.messages(hook.source, *std::move(decoded), [this, visit](Result<app::Tally> tally) {
    if (!tally) return refuse(*visit, tally.error());
    if (!visit->stranger) refusals_.taken(visit->door.hook.source.name);
    visit->respond(visit->reply ? as_response(*std::move(visit->reply)) : tally_reply(*tally));
  });
}

std::vector<std::pair<std::string, std::uint64_t>> Webhooks::refused() const {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (const auto& door : doors_)
    all.emplace_back(door->hook.source.name, door->refused.load());
  return all;
}

}  // namespace countersign::web
