// The configured [syslog.NAME] listeners, their health and figures. On the loop's thread.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <vector>

#include "intake/syslog.hpp"
#include "main/config/config.hpp"
#include "web/health.hpp"

namespace countersign::cli {

class Syslogs {
 public:
  /// Listening, each said in the log with its address. Errors name the listener and the mend.
  static Result<std::unique_ptr<Syslogs>> open(const Config& config, net::Loop& loop, app::Ingest& ingest,
                                               app::Store& store, app::Scheduler& scheduler, const Clock& clock,
                                               const std::shared_ptr<spdlog::logger>& log);

  [[nodiscard]] std::vector<std::string> reasons() const;
  [[nodiscard]] std::vector<web::Metric> metrics() const;
  /// Takes what has arrived, then calls `done`; at the latest after `grace`.
  void stop(Duration grace, net::Loop::Task done);

 private:
  std::vector<std::unique_ptr<intake::SyslogListener>> listeners_;
};

}  // namespace countersign::cli
