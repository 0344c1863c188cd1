#include "ebpf/ssh_key.hpp"

#include <array>
#include <cstdint>
#include <optional>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::ebpf {
namespace {

struct KeyType {
  std::string_view wire;
  std::string_view certificate;
  std::string_view shown;
  int fields;  // strings (or mpints, which look the same) that make the key
};

constexpr std::array kKeyTypes = {
    KeyType{"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "ED25519", 1},
    KeyType{"ssh-rsa", "ssh-rsa-cert-v01@openssh.com", "RSA", 2},
    KeyType{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA", 2},
    KeyType{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ECDSA", 2},
    KeyType{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521-cert-v01@openssh.com", "ECDSA", 2},
    KeyType{"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com", "ED25519-SK", 2},
    KeyType{"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "ECDSA-SK", 3},
    KeyType{"ssh-dss", "ssh-dss-cert-v01@openssh.com", "DSA", 4},
};

class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::uint64_t> number(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : rest_.substr(0, size))
      value = value << 8 | static_cast<unsigned char>(c);
    rest_.remove_prefix(size);
    return value;
  }

  std::optional<std::string_view> string() {
    const auto size = number(4);
    if (!size || *size > rest_.size()) return std::nullopt;
    const auto value = rest_.substr(0, *size);
    rest_.remove_prefix(*size);
    return value;
  }

 private:
  std::string_view rest_;
};

void append_string(std::string& out, std::string_view value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>(value.size() >> shift);
  out += value;
}

std::string fingerprint(std::string_view key) {
  std::string text = to_base64(crypto::sha256(key));
  text.resize(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

SshKey plain_key(std::string_view type, std::string_view blob) {
  SshKey key;
  key.type = std::string(type);
  key.fingerprint = fingerprint(blob);
  return key;
}

Result<SshKey> read_certificate(const KeyType& type, KeyReader reader) {
  const auto cut = [] { return fail(Fault::invalid, "the certificate ends early"); };
  if (!reader.string()) return cut();  // nonce
  std::string plain;
  append_string(plain, type.wire);
  for (int i = 0; i < type.fields; ++i) {
    const auto field = reader.string();
    if (!field) return cut();
    append_string(plain, *field);
  }
  const auto serial = reader.number(8);
  const auto kind = reader.number(4);
  const auto id = reader.string();
  const auto principals = reader.string();
  const auto valid_from = reader.number(8), valid_to = reader.number(8);
  const auto options = reader.string(), extensions = reader.string(), reserved = reader.string();
  const auto authority = reader.string();
  SshKey key = plain_key(type.shown, plain);
  if (!serial || !kind || !id || !principals || !valid_from || !valid_to || !options || !extensions || !reserved ||
      !authority)
    return key;  // a long one, cut by the witness: the key it certifies is known
  key.certificate = std::string(*id);
  key.serial = std::to_string(*serial);
  key.authority = fingerprint(*authority);
  return key;
}

}  // namespace

Result<SshKey> read_ssh_key(std::string_view blob, bool cut) {
  KeyReader reader(blob);
  const auto name = reader.string();
  if (!name || name->empty() || name->size() > 64) return fail(Fault::invalid, "no SSH public key");
  std::string_view shown = *name;
  for (const auto& type : kKeyTypes) {
    if (*name == type.certificate) return read_certificate(type, reader);
    if (*name == type.wire) shown = type.shown;
  }
  if (cut) return fail(Fault::invalid, "the key ends early");
  return plain_key(shown, blob);
}

}  // namespace countersign::ebpf
