// Secrets on command lines, taken out before anything is stored or sent. Immutable; one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/configuration.hpp"

namespace re2 {
class RE2;
}

namespace countersign::agent {

/// Passwords, tokens and keys in the forms common programs take them in.
std::vector<Redaction> built_in_redactions();

class Redactor {
 public:
  /// The patterns are good: load_configuration() has seen to it.
  explicit Redactor(const std::vector<Redaction>& redactions);
  ~Redactor();
  Redactor(Redactor&&) noexcept;

  /// Each pattern in turn, everywhere.
  [[nodiscard]] std::string operator()(std::string_view text) const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
};

}  // namespace countersign::agent
