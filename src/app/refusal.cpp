#include "app/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace countersign::app {
namespace {

constexpr std::array<std::pair<Refusal, RefusalWords>, 9> refusals{{
    {Refusal::token, {"token", "token missing or wrong", "give the sender this webhook's token"}},
    {Refusal::unreadable, {"unreadable", "unreadable", "see whether `provider` is what the sender speaks"}},
    {Refusal::encoding, {"encoding", "unknown Content-Encoding", "let the sender use gzip or none"}},
    {Refusal::too_large,
     {"too_large", "too large", "raise max_body_mib of the webhook or let the sender send smaller batches"}},
    {Refusal::too_slow, {"too_slow", "too slow", "see what is wrong between the sender and here"}},
    {Refusal::overloaded,
     {"overloaded", "no room", "the sender comes again; raise [server] request_memory_mib if it stays so"}},
    {Refusal::failed, {"failed", "could not be taken", "the sender comes again; see the other reasons and the log"}},
    {Refusal::no_webhook, {"no_webhook", "no webhook of that name", "compare the sender's URL with the configuration"}},
    {Refusal::stranger, {"stranger", "a stranger's, while its own deliveries came", ""}},
}};

}  // namespace

RefusalWords words_of(Refusal refusal) {
  const auto* const found = std::ranges::find(refusals, refusal, &std::pair<Refusal, RefusalWords>::first);
  return found == refusals.end() ? RefusalWords{} : found->second;
}

bool RefusedDeliveries::noise() const {
  return webhook.empty() || reason == words_of(Refusal::stranger).label;
}

std::string refusal_counter(std::string_view webhook, int status, Refusal refusal) {
  return fmt::format("{}{}.{}.{}", refusal_prefix, status, words_of(refusal).label, webhook);
}

std::optional<RefusedDeliveries> refused_by(std::string_view counter) {
  if (!counter.starts_with(refusal_prefix)) return std::nullopt;
  counter.remove_prefix(refusal_prefix.size());
  RefusedDeliveries refused;
  const auto [end, error] = std::from_chars(counter.data(), counter.data() + counter.size(), refused.status);
  counter.remove_prefix(static_cast<std::size_t>(end - counter.data()));
  const auto dot = counter.find('.', 1);
  if (error != std::errc{} || !counter.starts_with('.') || dot == std::string_view::npos) return std::nullopt;
  refused.reason = counter.substr(1, dot - 1);
  refused.webhook = counter.substr(dot + 1);
  return refused;
}

std::string why_of(const RefusedDeliveries& refused) {
  for (const auto& [refusal, words] : refusals)
    if (words.label == refused.reason) return fmt::format("{} {}", refused.status, words.what);
  return fmt::format("{} {}", refused.status, refused.reason);
}

HourSpan hours_of(Timestamp from, Timestamp to) {
  return {std::chrono::floor<std::chrono::hours>(from), std::chrono::ceil<std::chrono::hours>(to)};
}

}  // namespace countersign::app
