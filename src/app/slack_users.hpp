// The facet of the store port about what Slack said of its users: kept with its age, so that a restart asks nothing
// anew. View reads it, Ledger writes it.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace countersign::app {

struct SlackUser {
  std::string id;  // "U…"
  Timestamp checked_at{};
  std::string standing;  // empty: can be written to; else why not, in words
};

class SlackUserView {
 public:
  virtual ~SlackUserView() = default;
  virtual Result<std::vector<SlackUser>> slack_users() = 0;
};

class SlackUserLedger {
 public:
  virtual ~SlackUserLedger() = default;
  virtual Result<void> keep(const SlackUser& user) = 0;
};

}  // namespace countersign::app
