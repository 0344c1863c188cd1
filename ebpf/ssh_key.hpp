// SSH public keys and certificates in their wire format (RFC 4253 6.6, PROTOCOL.certkeys), as sshd logs them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::ebpf {

struct SshKey {
  std::string type;         // as sshd logs it: ED25519, RSA, ECDSA, DSA, ED25519-SK, ECDSA-SK; else the wire's own name
  std::string fingerprint;  // SHA256:…; of a certificate, of the key it certifies
  std::string certificate;  // the certificate's key id
  std::string serial;       // and its serial number, decimal
  std::string authority;    // SHA256:… of the key that signed it
};

/// `cut`: the blob goes on beyond what is here. Of a certificate cut behind the key it certifies, that key is told.
/// Fault::invalid where the bytes are no key, or too few of one for its fingerprint.
Result<SshKey> read_ssh_key(std::string_view blob, bool cut);

}  // namespace countersign::ebpf
