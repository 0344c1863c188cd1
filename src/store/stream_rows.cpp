#include "store/stream_rows.hpp"

namespace countersign::store {
namespace {

core::Samples unpack_samples(std::string_view bytes) {
  std::vector<Duration> values;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    values.emplace_back(static_cast<std::int64_t>(value));
  }
  return core::Samples(std::move(values));
}

}  // namespace

std::string pack(const core::Samples& samples) {
  std::string bytes;
  bytes.reserve(samples.values().size() * 8);
  for (const auto value : samples.values())
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes += static_cast<char>(static_cast<std::uint64_t>(value.count()) >> shift & 0xFFU);
  return bytes;
}

core::Stream read_stream(const Rows& rows, int first_column) {
  return {rows.text(first_column),
          rows.text(first_column + 1),
          rows.time(first_column + 2),
          rows.time(first_column + 3),
          rows.time(first_column + 4),
          unpack_samples(rows.text(first_column + 5)),
          unpack_samples(rows.text(first_column + 6))};
}

}  // namespace countersign::store
