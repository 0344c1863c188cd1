#include "core/audit_chain.hpp"

#include "crypto/digest.hpp"

namespace countersign::core {
namespace {

void add_number(std::string& bytes, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xFFU);
}

void add_text(std::string& bytes, std::string_view text) {
  add_number(bytes, static_cast<std::int64_t>(text.size()));
  bytes += text;
}

}  // namespace

std::string link_hash(std::string_view previous, std::string_view chain, const AuditLink& link) {
  std::string bytes;
  add_text(bytes, previous);
  add_text(bytes, chain);
  add_number(bytes, link.id.value);
  add_number(bytes, to_micros(link.at));
  add_text(bytes, link.kind);
  add_text(bytes, link.actor);
  add_text(bytes, link.detail);
  return crypto::sha256(bytes);
}

}  // namespace countersign::core
