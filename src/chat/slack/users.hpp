// Who Slack says a user id is, and whether they can be written to: users.info and users.lookupByEmail read, and what
// the former said kept with its age. The free functions are pure; UserStandings is the scheduler's thread's.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"
#include "chat/slack/api.hpp"

namespace countersign::chat::slack {

/// The `user` object of users.info and users.lookupByEmail (docs.slack.dev/reference/objects/user-object).
struct Profile {
  std::string id, email, name;
  bool deleted = false, bot = false, guest = false;
};

/// Of the whole answer; what is missing is empty.
Profile read_profile(const nlohmann::json& answer);

/// Why this user can't answer for anybody ("their Slack account U… is deactivated"); empty where they can.
std::string unreachable(const Profile& profile);

class UserStandings {
 public:
  using Told = std::move_only_function<void(std::string why)>;

  /// Everything handed over must outlive this and the calls it has begun. Reads what the store keeps.
  UserStandings(net::Client& client, const SlackSettings& settings, app::Store& store, app::Scheduler& scheduler,
                const Clock& clock);

  /// Calls `told` once with unreachable()'s words, asking Slack where it was not asked for a day. Where Slack can't
  /// say, the user counts as reachable: the message itself will tell.
  void ask(const std::string& user, Told told);

 private:
  struct Known {
    Timestamp checked_at{};
    std::string standing;
    bool answered = false;  // else Slack could not say
  };
  void answered(const std::string& user, const Api::Answer& answer, Told told);

  Api api_;
  app::Store& store_;
  app::Scheduler& scheduler_;
  const Clock& clock_;
  std::map<std::string, Known> known_;
};

}  // namespace countersign::chat::slack
