#include "core/reconcile/learnt.hpp"

#include <algorithm>

namespace countersign::core {

Samples::Samples(std::vector<Duration> values) : values_(std::move(values)) {
  if (values_.size() > most) values_.erase(values_.begin(), values_.end() - most);
}

void Samples::add(Duration value) {
  if (values_.size() >= most) values_.erase(values_.begin());
  values_.push_back(value);
}

std::optional<Duration> Samples::percentile(int percent) const {
  if (values_.size() < enough) return std::nullopt;
  auto sorted = values_;
  std::ranges::sort(sorted);
  const auto rank = (sorted.size() * static_cast<std::size_t>(percent) + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

const Stream* Streams::find(std::string_view source, std::string_view witness) const {
  const auto found = std::ranges::find_if(
      all, [&](const Stream& stream) { return stream.source == source && stream.witness == witness; });
  return found == all.end() ? nullptr : &*found;
}

Stream& Streams::of(std::string_view source, std::string_view witness) {
  const auto found = std::ranges::find_if(
      all, [&](const Stream& stream) { return stream.source == source && stream.witness == witness; });
  if (found != all.end()) return *found;
  all.push_back({std::string(source), std::string(witness), {}, {}, {}, {}, {}});
  return all.back();
}

}  // namespace countersign::core
