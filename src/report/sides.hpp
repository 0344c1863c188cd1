// What the witnesses said of one login, side by side. Pure; every text in it is fit for one line.
#pragma once

#include <string>
#include <vector>

#include "app/report.hpp"

namespace countersign::report {

struct Said {
  std::string by;  // the source's name
  Timestamp at{};  // the time it gave
  std::string words;
};

struct Side {
  std::string title;       // a witness: "log", "kernel", …
  std::vector<Said> said;  // none: it said nothing
};

/// Of a login both witnesses, whether they spoke or not, and whoever else spoke; of two messages under one id these
/// two; of an event that is no login whoever spoke of it.
std::vector<Side> sides_of(const app::FindingEvent& of);

/// "oswaldo@bastion from 203.0.113.7 port 51234 at 2026-11-20T01:02:03Z: missing from the log".
std::string title_of(const app::FindingEvent& of);

/// All that a side said, for a cell: "papertrail: Accepted …; loki: …".
std::string words_of(const Side& side);

}  // namespace countersign::report
