#include "core/reconcile/matching.hpp"

#include <charconv>

#include "core/reconcile/comparison.hpp"

namespace countersign::core {
namespace {

std::optional<std::int64_t> namespace_pid(const Event& event) {
  const auto text = field(event, "process.namespace_pid");
  std::int64_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return pid;
}

bool knows_port(const Event& event) {
  return event.port && *event.port != unknown_port;
}

bool ports_agree(const Event& a, const Event& b) {
  return !knows_port(a) || !knows_port(b) || *a.port == *b.port;
}

bool overlap(const Moment& a, const Moment& b, Duration window) {
  return a.earliest <= b.latest + window && b.earliest <= a.latest + window;
}

bool same_connection(const Testimony& a, const Testimony& b) {
  const auto process = same_process(a.event, b.event);
  // The kernel does not err about pids: two of its processes are two connections. Other systems that speak for it may
  // name the session's process and not the connection's.
  const bool agents = is_agents_kernel(a) && is_agents_kernel(b);
  if (agents && process.has_value() && !*process) return false;
  // A port used again within the window, by another process for another user.
  if (same_ends(a.event, b.event)) return process.value_or(true) || users_agree(a.event, b.event);
  // The process tells where one of them can't name the client, or names another address: not among claims, as what a
  // line says of its process is the line's to choose. Two records that the kernel stamped may lack the port as well.
  const bool stamped = is_kernel(a) != is_kernel(b) || (is_kernel(a) && !agents);
  return stamped && process.value_or(false) && ports_agree(a.event, b.event);
}

}  // namespace

bool same_ends(const Event& a, const Event& b) {
  return knows_port(a) && knows_port(b) && *a.port == *b.port && a.address == b.address && !a.address.empty();
}

std::optional<bool> same_process(const Event& a, const Event& b) {
  if (!a.pid || !b.pid) return std::nullopt;
  if (*a.pid == *b.pid) return true;
  const auto inner_a = namespace_pid(a);
  const auto inner_b = namespace_pid(b);
  return (inner_a && *inner_a == *b.pid) || (inner_b && *inner_b == *a.pid) || (inner_a && inner_a == inner_b);
}

Moment moment_of(const Testimony& account, const Streams& streams, Duration window) {
  const auto& time = account.event.time;
  if (is_kernel(account)) return {time, time};
  const auto* stream = streams.find(account.source, account.witness);
  if (account.arrival_stamped) return {time - (stream ? stream->lag.percentile(100).value_or(window) : window), time};
  const auto offset = stream ? stream->offset.percentile(50).value_or(Duration::zero()) : Duration::zero();
  if (std::chrono::abs(offset) <= window / 4) return {time, time};
  return {time - offset, time - offset};
}

Relation relation(const Testimony& a, const Testimony& b, const Streams& streams, Duration window) {
  if (a.event.host != b.event.host) return Relation::none;
  // Two claims are held against each other by what they are stamped with (contract.md).
  const bool exact = !is_kernel(a) && !is_kernel(b);
  const auto when = [&](const Testimony& account) {
    const auto moment = moment_of(account, streams, window);
    return exact ? Moment{moment.latest, moment.latest} : moment;
  };
  if (!overlap(when(a), when(b), window)) return Relation::none;
  if (!same_connection(a, b)) return Relation::none;
  return users_agree(a.event, b.event) ? Relation::login : Relation::connection;
}

bool alike(const Testimony& a, const Testimony& b, const Streams& streams, Duration window) {
  if (a.event.host != b.event.host || a.source == b.source) return false;
  const auto portless = [](const Testimony& account) { return is_kernel(account) && !knows_port(account.event); };
  if (!portless(a) && !portless(b)) return false;
  if (!overlap(moment_of(a, streams, window), moment_of(b, streams, window), window)) return false;
  const bool address = !a.event.address.empty() && a.event.address == b.event.address;
  const bool user = !a.event.user.empty() && a.event.user == b.event.user;
  return address && users_agree(a.event, b.event) && (user || same_process(a.event, b.event).value_or(false));
}

}  // namespace countersign::core
