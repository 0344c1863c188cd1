// [syslog.NAME]: a listener for syslog, RFC 5424 and RFC 3164 messages over TCP (RFC 6587), TLS (RFC 5425) or UDP
// (RFC 5426). A sender is never answered, so what makes it wait is that nothing more is read while the store is behind;
// what is in memory when the machine dies is lost, and kept small. Lives on the loop's thread: open(), stop() and the
// destructor there, or before and after it runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/ingest.hpp"
#include "app/scheduler.hpp"
#include "core/network.hpp"
#include "core/zone.hpp"
#include "net/stream.hpp"

namespace countersign::intake {

enum class SyslogTransport { tcp, tls, udp };

struct SyslogSettings {
  app::Source source;
  SyslogTransport transport = SyslogTransport::tcp;
  net::StreamOptions stream;            // its listen alone counts for udp
  std::vector<core::Network> networks;  // who may send; empty: anybody
  std::vector<std::string> clients;     // globs of the names a certificate must prove one of; empty: any of the CA's
  core::Zone zone;                      // of stamps without one
};

/// Since the service started.
struct SyslogFigures {
  std::string name;
  std::uint64_t messages = 0, waiting = 0;
  net::StreamCounters connections;                             // zero for udp
  std::map<std::string, std::uint64_t, std::less<>> left_out;  // by kind: "syslog.too_long", …
};

class SyslogListener {
 public:
  /// Told what an operator should know of a sender: garbage, refusals, losses; at most once a minute for each kind.
  using Tell = std::function<void(std::string_view)>;

  /// Everything handed over must outlive this and the store's answers. Errors have the mend.
  static Result<std::unique_ptr<SyslogListener>> open(SyslogSettings settings, net::Loop& loop, app::Ingest& ingest,
                                                      app::Store& store, app::Scheduler& scheduler, const Clock& clock,
                                                      Tell tell);
  ~SyslogListener();
  SyslogListener(const SyslogListener&) = delete;
  SyslogListener& operator=(const SyslogListener&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Accepts no more, takes what has arrived, and calls `done` once that is durable, or `grace` is over.
  void stop(Duration grace, net::Loop::Task done);
  /// What is wrong, for people; empty: nothing.
  [[nodiscard]] std::vector<std::string> troubles() const;
  [[nodiscard]] SyslogFigures figures() const;

 private:
  struct Parts;
  explicit SyslogListener(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace countersign::intake
