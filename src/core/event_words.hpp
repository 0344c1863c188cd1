// What an event is called where people read it: the noun of its action, and what exactly was done. Texts are the
// event's own, as they came: whoever shows them makes them harmless. Pure; safe for concurrent access.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"

namespace countersign::core {

struct ActionWords {
  std::string_view action, noun;
  bool entry = false;  // user.name is whom it was done as ("login as"), else who did it ("change by")
};

/// Of an action that the shipped rules write; null for any other.
const ActionWords* words_of_action(std::string_view action);

/// Whether its user.name is whom it was done as; else it did it, and user.effective.name, where there is one, is as
/// whom.
bool is_entry(const Event& event);

/// The command or the call: "/bin/bash", "StopLogging"; empty where the event has none.
std::string deed_of(const Event& event);

struct Particular {
  std::string_view label;
  std::string text;
};

/// What it was done to: "Target user" deploy, "Account" 123456789012; at most four.
std::vector<Particular> particulars_of(const Event& event);

}  // namespace countersign::core
