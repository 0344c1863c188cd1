// /healthz, /readyz, /metrics: for probes and Prometheus, without proof of who asks and without secrets.
// Safe for concurrent access, as far as the functions it is given are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/store.hpp"
#include "base/clock.hpp"
#include "net/server.hpp"

namespace countersign::web {

/// A Prometheus family that another room keeps. Labels stand between their braces, escaped by label(): `source="lan"`.
struct Metric {
  std::string name, type, help;
  std::vector<std::pair<std::string, std::uint64_t>> samples;  // labels and value
};

/// What the routes can't see themselves; called on the thread that a request comes in on. Any may be empty.
struct Vitals {
  std::function<std::vector<std::string>()> reasons;  // why the service is degraded, for people
  std::function<net::ServerCounters()> http;
  std::vector<std::string> exports{};  // their names
  std::function<std::vector<Metric>()> more{};
};

struct Refused {  // requests turned away for their token
  std::vector<std::pair<std::string, std::uint64_t>> webhooks;
  std::uint64_t api = 0;
};

class Health {
 public:
  Health(app::Store& store, const Clock& clock, Vitals vitals, std::string version)
      : store_(store), clock_(clock), vitals_(std::move(vitals)), version_(std::move(version)) {}

  void alive(net::Respond respond) const;
  /// 503 only when the store can't commit; degraded where notifications are overdue or main knows a reason.
  void ready(net::Respond respond) const;
  void metrics(Refused refused, net::Respond respond) const;

 private:
  app::Store& store_;
  const Clock& clock_;
  const Vitals vitals_;
  const std::string version_;
};

/// A label's value between its quotes, by Prometheus' text format 0.0.4.
std::string label(std::string_view value);

}  // namespace countersign::web
