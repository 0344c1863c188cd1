// A rule: which program's messages it reads, the pattern, what they mean, and the lines that prove it.
// Passive data; made by the rule file reader (main/rules_file.hpp) or by hand in tests.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"

namespace countersign::core {

/// A line with what must come of it; held against the rule by `countersign check` and by the tests.
struct Example {
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  // ECS name, expected text; those not named may be anything
};

struct Rule {
  std::string id;                     // "sshd.accepted"
  std::vector<std::string> programs;  // "sshd", "sshd-session"
  std::string pattern;                // RE2, whole message (anchored at both ends), bytes as Latin-1
  bool ignore = false;                // recognised and of no interest: neither event nor quarantine
  std::string action;                 // event.action
  std::string outcome = "success";    // event.outcome
  Severity severity = Severity::normal;
  bool ask = true;      // a human's word is wanted (never for failures unless ask_failures)
  int approvers = 1;    // 2: two people other than the subject
  bool reason = false;  // an approval must say why
  // A message of at least this many bytes may have been cut there by its writer (sshd: 500; 0: never): what a group
  // that reaches the end of such a message holds may be incomplete, or forged by padding, and gives no field.
  std::size_t cut_at = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // ECS name ← capture group's name; a name
                                                            // given twice takes the first that holds something
  std::vector<Example> matches;
  std::vector<std::string> rejects;
  std::string file;  // where it was written, for messages
  int line = 0;
};

}  // namespace countersign::core
