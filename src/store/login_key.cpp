#include "store/login_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace countersign::store {
namespace {

constexpr int hash_bits = 40;
constexpr std::int64_t bucket_micros = std::int64_t{4096} * 1'000'000;  // 68 minutes
constexpr std::int64_t most_buckets = 1000;

struct State {
  std::uint64_t a, b, c, d;
  void round() {
    a += b, b = std::rotl(b, 13) ^ a, a = std::rotl(a, 32);
    c += d, d = std::rotl(d, 16) ^ c;
    a += d, d = std::rotl(d, 21) ^ a;
    c += b, b = std::rotl(b, 17) ^ c, c = std::rotl(c, 32);
  }
};

std::uint64_t load(const char* bytes, std::size_t count) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

/// What must agree; whether it failed too, as a refused password before an accepted one is another event. Not the
/// user: that witnesses differ on it is a finding, and not two logins.
std::string agreed(const core::Event& event) {
  std::string text;
  text.reserve(event.host.size() + event.address.size() + event.action.size() + 32);
  for (const auto* part : {&event.host, &event.address, &event.action})
    text.append(*part).push_back('\0');
  fmt::format_to(std::back_inserter(text), "{}{}", event.outcome == "failure" ? "-" : "", event.port.value_or(0));
  return text;
}

std::int64_t bucket(std::int64_t micros) {
  return std::max<std::int64_t>(0, micros) / bucket_micros & ((std::int64_t{1} << (63 - hash_bits)) - 1);
}

bool is_login(const core::Event& event) {
  return !event.host.empty() && !event.address.empty() && event.port;
}

std::int64_t low_bits(std::uint64_t hash) {
  return static_cast<std::int64_t>(hash >> (64 - hash_bits));
}

}  // namespace

HashKey hash_key(std::string_view bytes) {
  std::string padded(bytes.substr(0, 16));
  padded.resize(16);
  return {load(padded.data(), 8), load(padded.data() + 8, 8)};
}

std::uint64_t keyed_hash(const HashKey& key, std::string_view bytes) {
  State s{key[0] ^ 0x736f6d6570736575ULL, key[1] ^ 0x646f72616e646f6dULL, key[0] ^ 0x6c7967656e657261ULL,
          key[1] ^ 0x7465646279746573ULL};
  const auto absorb = [&s](std::uint64_t word) {
    s.d ^= word;
    s.round();
    s.a ^= word;
  };
  const auto last = static_cast<std::uint64_t>(bytes.size()) << 56;
  for (; bytes.size() >= 8; bytes.remove_prefix(8))
    absorb(load(bytes.data(), 8));
  absorb(last | (bytes.empty() ? 0 : load(bytes.data(), bytes.size())));
  s.c ^= 0xff;
  for (int i = 0; i < 3; ++i)
    s.round();
  return s.a ^ s.b ^ s.c ^ s.d;
}

std::optional<std::int64_t> login_key(const HashKey& key, const core::Event& event) {
  if (!is_login(event)) return std::nullopt;
  return bucket(to_micros(event.time)) << hash_bits | low_bits(keyed_hash(key, agreed(event)));
}

std::vector<std::int64_t> login_keys(const HashKey& key, const core::Event& event, Duration window) {
  std::vector<std::int64_t> keys;
  if (!is_login(event)) return keys;
  const auto hash = low_bits(keyed_hash(key, agreed(event)));
  const auto first = bucket(to_micros(event.time - window));
  const auto last = std::min(bucket(to_micros(event.time + window)), first + most_buckets - 1);
  for (auto at = first; at <= last; ++at)
    keys.push_back(at << hash_bits | hash);
  return keys;
}

}  // namespace countersign::store
