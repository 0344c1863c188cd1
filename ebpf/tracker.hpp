// From the kernel's records to sightings: which login a record belongs to, said once, in the field's names. Pure: time
// and accounts are passed in, records may be anything. Owned by one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebpf/sighting.hpp"
#include "ebpf/wire.h"
#include "ebpf/wire_text.hpp"

namespace countersign::ebpf {

class Tracker {
 public:
  using Sink = std::function<void(Sighting)>;

  struct Settings {
    std::string boot_id;
    bool commands = false;
    /// The account's name, or empty; asked only for uids of the host's own namespace.
    std::function<std::string(std::uint32_t uid)> name_of = [](std::uint32_t) { return std::string(); };
  };

  explicit Tracker(Settings settings) : settings_(std::move(settings)) {}

  /// One record of wire.h; what is none is passed over and counted. `boot`: the time the boot-time clock counts from.
  void take(std::string_view record, Timestamp boot, const Sink& sink);

  /// After a loss of records: connections whose process `lives` denies (by pid and start in clock ticks) end now.
  void sweep(const std::function<bool(std::int64_t pid, std::int64_t start)>& lives, Timestamp now, const Sink& sink);

  [[nodiscard]] std::vector<Session> sessions() const;
  [[nodiscard]] std::int64_t unreadable() const { return unreadable_; }

 private:
  using Key = std::pair<std::uint32_t, std::uint64_t>;  // the monitor's pid and start

  struct Connection {
    std::string id;
    wire_head head{};
    wire_peer peer{};
    core::Event login;  // what is known of who: user, method, key
    std::uint32_t uid = WIRE_NOBODY;
    Timestamp since{};
    bool logged_in = false;
    bool adopted = false;
    bool monitor = true;  // its processes that live
    std::uint32_t server = 0;
    bool ended = false;
    std::map<std::uint32_t, ScpCommand> copies;  // scp processes that run, by pid
  };

  /// The record's connection. One not known yet is remembered where the record is a login's; a detail that outlived its
  /// connection gets one for the moment.
  Connection& connection_of(const wire_head& head);
  void meet(Connection& connection, const wire_peer& peer);
  [[nodiscard]] Sighting sighting(const Connection& connection, std::string action, const wire_head& head,
                                  Timestamp boot, bool once) const;
  void end(const Key& key, Connection& connection, Sighting end, const Sink& sink);

  void on_connection(const wire_connection& record, Timestamp boot, const Sink& sink);
  void on_auth(const wire_auth& record, Timestamp boot, const Sink& sink);
  void on_drop(const wire_drop& record, Timestamp boot, const Sink& sink);
  void on_end(const wire_end& record, Timestamp boot, const Sink& sink);
  void on_adopted(const wire_adopted& record, Timestamp boot);
  void on_exec(const wire_exec& record, Timestamp boot, const Sink& sink);
  void on_exit(const wire_exit& record, Timestamp boot, const Sink& sink);
  void on_log(const wire_log& record, Timestamp boot, const Sink& sink);
  void on_connect(const wire_connect& record, Timestamp boot, const Sink& sink);
  void on_open(const wire_open& record, Timestamp boot, const Sink& sink);

  Settings settings_;
  std::map<Key, Connection> connections_;
  Connection stray_;
  std::deque<Key> ended_;  // the newest that ended: their details may still be on the way
  std::int64_t unreadable_ = 0;
};

}  // namespace countersign::ebpf
