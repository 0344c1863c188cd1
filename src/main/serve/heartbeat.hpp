// The dead-man's address: a GET every minute while all is well, so that whoever listens there alarms somebody when
// it stops. Our own death, a stuck loop and a store that can't commit all end it.
// start() and stop() on the scheduler's thread, where the rest happens.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/alarm.hpp"
#include "net/client.hpp"

namespace countersign::cli {

class Heartbeat {
 public:
  using Tell = std::function<void(std::string_view)>;

  /// `well` says whether to ping; `tell` hears once when the address stops answering, and once when it does again.
  /// The address is somebody's secret: it is never told.
  Heartbeat(net::Client& client, app::Scheduler& scheduler, const Clock& clock, std::string url,
            std::function<bool()> well, Tell tell);

  /// The first ping now.
  void start();
  void stop();

 private:
  void ping();
  void heard(std::string_view trouble);

  net::Client& client_;
  const Clock& clock_;
  const std::string url_;
  const std::function<bool()> well_;
  const Tell tell_;
  bool failing_ = false;
  app::Alarm alarm_;
};

}  // namespace countersign::cli
