#include "core/expected_scope.hpp"

#include "base/text.hpp"
#include "core/fingerprint.hpp"

namespace countersign::core {
namespace {

/// A text that means something: neither empty nor only '*'.
bool narrows(std::string_view text) {
  return text.find_first_not_of('*') != std::string_view::npos;
}

/// 0.0.0.0/0, ::/0, and what else has the first and the last address of IPv4.
bool has_every_address(const Network& network) {
  return network.contains("0.0.0.0") && network.contains("255.255.255.255");
}

bool has_scope(const ExpectedChange& change) {
  return narrows(change.account) || narrows(change.host) || !change.key.empty() ||
         (change.network && !has_every_address(*change.network));
}

}  // namespace

Result<void> check_scope(const ExpectedChange& change) {
  if (!change.key.empty() && !is_fingerprint(change.key))
    return fail(Fault::invalid, "'{}' is no key's fingerprint; `ssh-keygen -lf key.pub` shows SHA256:…",
                one_line(change.key, 80));
  if (has_scope(change)) return {};
  return fail(Fault::invalid,
              "an expected change needs a scope: an account, a host, a network or a key; what matches anything (*, "
              "0.0.0.0/0, ::/0) is none");
}

}  // namespace countersign::core
