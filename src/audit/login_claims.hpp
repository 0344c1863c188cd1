// The verdict of each login as the chain says, and that each login of a day with a root was told of by a sighting of
// then. One thread; keeps the newest verdict of each login, and the ids of logins that sightings tell of.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/result.hpp"

namespace countersign::audit {

/// A verdict as it stands or was claimed. `independent`: of a match, by witnesses of different credentials.
struct Verdict {
  std::string verdict;
  bool independent = false;
  bool operator==(const Verdict&) const = default;
};

class LoginClaims {
 public:
  /// An entry of kind "verdict" or "reopened", oldest first.
  void add(const nlohmann::json& detail, const std::string& place, bool late);

  /// A sighting of a day that has a root, `date`, told of that event.
  void told(std::string_view event);
  /// Every sighting of that day was told of.
  void day_is_told(const std::string& date) { days_.insert(date); }
  /// A login stands in the store with that verdict; after the sightings.
  void see(const std::string& event, Verdict verdict);

  [[nodiscard]] Result<void> finish() const;

 private:
  struct Claimed {
    Verdict last;
    std::string place;
    bool may_wait = false;  // since then it may have been looked at anew without an entry, as older versions did
    std::vector<Verdict> late;
  };
  [[nodiscard]] bool untold(const std::string& event);

  std::map<std::string, Claimed> claimed_;
  std::map<std::string, Verdict> seen_;
  std::vector<Id> told_;  // sorted once, then searched
  bool sorted_ = false;
  std::set<std::string> days_;
  std::string nobody_told_;  // the first login that no sighting tells of
};

}  // namespace countersign::audit
