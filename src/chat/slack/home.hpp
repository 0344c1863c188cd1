// App Home: what waits for its reader, with buttons that work; published when they open it, and again within a second
// of whatever changes it. opened() and wake() are safe from any thread; the rest is the scheduler's thread's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/alarm.hpp"
#include "app/policy.hpp"
#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "chat/slack/api.hpp"
#include "chat/slack/settings.hpp"
#include "chat/slack/waiting.hpp"

namespace countersign::chat::slack {

class Home {
 public:
  /// Everything handed over must outlive this and the calls it has begun.
  Home(app::Store& store, app::Scheduler& scheduler, const Clock& clock, Random& random,
       const app::PolicySource& policy, const SlackSettings& settings, Api& api);

  /// `user` looks at their page: it is published now, and kept up to date for half a day.
  void opened(std::string user);
  /// Something that pages show may have changed.
  void wake();
  /// No new page; what is under way finishes. On the scheduler's thread.
  void stop();

 private:
  /// A button's value, made once for what it decides and shown on as long as that waits.
  struct Offered {
    Id approval;
    std::string to;
    std::vector<Id> events;
    std::string value;
  };
  struct Reader {
    Timestamp opened{};
    std::vector<Offered> offered;  // the values of what the page shows
    std::string shown;             // what the page says, without the buttons' values; empty: nothing yet
    bool due = false, busy = false;
    bool opened_anew = false;   // while busy
    Timestamp not_before{};     // Slack asked for a pause, or something failed
    bool told_to_wait = false;  // the former: then opening the page anew waits, too
  };
  struct Read;

  static Offered button_for(const app::FullApproval& full, std::string to);
  static bool same_button(const Offered& a, const Offered& b);

  /// OwedMessage::same_for.
  [[nodiscard]] std::string same_for() const;
  void round();
  void begin(const std::string& user, Reader& reader);
  void read(const std::string& user, std::shared_ptr<Read> read);
  void offer(const std::string& user, std::shared_ptr<Read> read);
  void publish(const std::string& user, std::shared_ptr<Read> read);
  void finished(const std::string& user, std::string shown, std::optional<Duration> again, bool told_to_wait = false);

  app::Store& store_;
  app::Scheduler& scheduler_;
  const Clock& clock_;
  Random& random_;
  const app::PolicySource& policy_;
  const SlackSettings& settings_;
  Api& api_;
  // The scheduler's thread's:
  std::map<std::string, Reader> readers_;  // by Slack user id, at most most_readers
  Timestamp paced_until_{};                // no round before: what was published lately used up the workspace's rate
  bool stopped_ = false;
  app::Alarm alarm_;
};

}  // namespace countersign::chat::slack
