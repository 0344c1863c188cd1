#include "web/budget.hpp"

#include <algorithm>

namespace countersign::web {
namespace {

// A record becomes an event with its sighting, or a message in quarantine: their fields, with what allocation adds.
constexpr std::size_t bytes_of_record = 2048;

}  // namespace

Budget::Share::~Share() {
  std::size_t none = 0;
  if (budget_) budget_->exchange(bytes_, none);
}

bool Budget::Share::resize(std::size_t bytes) {
  if (!budget_ || !budget_->exchange(bytes_, bytes)) return false;
  bytes_ = bytes;
  return true;
}

std::optional<Budget::Share> Budget::take(std::size_t bytes) {
  if (!exchange(0, bytes)) return std::nullopt;
  return Share(*this, bytes);
}

std::size_t Budget::used() const {
  const std::lock_guard lock(mutex_);
  return large_ + small_;
}

bool Budget::exchange(std::size_t held, std::size_t& wanted) {
  const auto eighth = limit_ / 8;
  const bool is_large = wanted > small;
  const auto most = is_large ? limit_ - eighth : limit_;
  wanted = std::min(wanted, most);
  const std::lock_guard lock(mutex_);
  auto large = large_, few = small_;
  (held > small ? large : few) -= held;
  const auto others = large + (!is_large ? few : few > eighth ? few - eighth : 0);
  if (wanted > held && others + wanted > most) return false;
  (wanted > small ? large : few) += wanted;
  large_ = large;
  small_ = few;
  return true;
}

std::size_t held_while_decoding(std::string_view body, std::string_view encoding, std::size_t most_unpacked) {
  constexpr std::size_t best_ratio = 256, always = std::size_t{4} << 20;  // webhooks/inflate.hpp
  constexpr std::string_view gzip = "\x1f\x8b", zstd = "\x28\xb5\x2f\xfd";
  const bool plain = encoding.empty() || encoding == "identity";
  if (plain && !body.starts_with(gzip) && !body.starts_with(zstd)) return body.size();
  return std::min(most_unpacked, std::max(always, body.size() * best_ratio));
}

std::size_t held_by(const app::Decoded& decoded) {
  std::size_t bytes = 0;
  for (const auto& record : decoded.records)
    bytes += bytes_of_record + 2 * (record.message.size() + record.object.size()) + record.host.size() +
             record.program.size() + record.provider_id.size();
  for (const auto& part : decoded.unreadable)
    bytes += bytes_of_record + 2 * part.sample.size() + part.why.size();
  return bytes;
}

}  // namespace countersign::web
