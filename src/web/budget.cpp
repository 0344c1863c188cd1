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
  return used_;
}

bool Budget::exchange(std::size_t held, std::size_t& wanted) {
  const auto most_of_all = most(wanted);
  wanted = std::min(wanted, most_of_all);
  const std::lock_guard lock(mutex_);
  const auto others = used_ - held;
  if (wanted > held && others + wanted > most_of_all) return false;
  used_ = others + wanted;
  return true;
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
