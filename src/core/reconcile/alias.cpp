#include "core/reconcile/alias.hpp"

#include "core/host_name.hpp"
#include "core/reconcile/matching.hpp"

namespace countersign::core {
bool told_elsewhere(const Testimony& kernel, const Testimony& log, Duration window) {
  if (!is_kernel(kernel) || log.witness != "log" || credential(kernel) == credential(log)) return false;
  if (kernel.event.host == log.event.host || !is_host_name(log.event.host)) return false;
  if (kernel.event.user.empty() || kernel.event.user != log.event.user) return false;
  if (!same_ends(kernel.event, log.event) || !same_process(kernel.event, log.event).value_or(true)) return false;
  return std::chrono::abs(kernel.event.time - log.event.time) <= window;
}

}  // namespace countersign::core
