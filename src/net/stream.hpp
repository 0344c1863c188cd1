// A listener for connections that send and are never answered (syslog over TCP or TLS): what a peer can make grow is
// bounded, and nothing more is read from it than its reader takes.
// Lives on the loop's thread; construct, stop and destroy there (or before run()). Everything is called there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "net/loop.hpp"

namespace countersign::net {

/// Whether a listener's address is one ("127.0.0.1:6514", "[::]:514"); nothing is opened. Any thread.
Result<void> check_listen(std::string_view listen);

struct StreamLimits {
  std::size_t connections = 1024;          // one more is closed as it comes
  std::size_t connections_per_peer = 256;  // of them from one address
  Duration handshake_time = std::chrono::seconds(10);
  Duration idle_time = std::chrono::hours(1);  // between bytes
};

struct StreamOptions {
  std::string name;                  // whose listen it is, for errors: "[syslog.lan]"
  std::string listen;                // "0.0.0.0:6514"
  std::string tls_certificate = {};  // PEM files; both or neither
  std::string tls_private_key = {};
  std::string client_ca = {};  // PEM; with it a peer must show a certificate of this CA
  StreamLimits limits = {};
};

/// Whether its certificate, key and client_ca can be used; names the one that can't, with the mend.
Result<void> check_tls(const StreamOptions& options);

struct StreamPeer {
  std::string address;             // no port
  std::vector<std::string> names;  // that its certificate proves: DNS names, then the common name
};

/// Asks for the next bytes; dropped without a call, the connection ends. Called once, also from within received().
class GoOn {
 public:
  explicit GoOn(std::move_only_function<void(bool)> decide) : decide_(std::move(decide)) {}
  GoOn(GoOn&&) noexcept = default;
  GoOn& operator=(GoOn&&) = delete;
  GoOn(const GoOn&) = delete;
  GoOn& operator=(const GoOn&) = delete;
  ~GoOn() {
    if (decide_) decide_(false);
  }
  void operator()() { std::exchange(decide_, nullptr)(true); }

 private:
  std::move_only_function<void(bool)> decide_;
};

/// What one connection sends. Destroyed after ended().
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  /// The bytes live during the call.
  virtual void received(std::string_view bytes, GoOn go_on) = 0;
  /// Nothing more comes.
  virtual void ended() = 0;
};

class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  /// Once its handshake is over, where there is one. Null: not welcome.
  virtual std::unique_ptr<StreamReader> connected(const StreamPeer& peer) = 0;
  /// A connection that never became one, or ended otherwise than by its peer, and why: for logs and counters.
  virtual void turned_away(std::string_view address, std::string_view why) = 0;
};

struct StreamCounters {
  std::uint64_t accepted = 0, refused = 0, handshakes_failed = 0, timed_out = 0, open = 0;
};

class StreamListener {
 public:
  /// `handler` must outlive the listener. Fault::invalid or Fault::unavailable, with the mend.
  static Result<std::unique_ptr<StreamListener>> open(Loop& loop, StreamHandler& handler, StreamOptions options);
  /// Open connections end without a word to their readers.
  virtual ~StreamListener() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Accepts no more, reads what has arrived, ends each connection once that is taken, then calls `done`; after
  /// `grace` whatever is left is cut off.
  virtual void stop(Duration grace, Loop::Task done) = 0;
  [[nodiscard]] virtual StreamCounters counters() const = 0;
};

}  // namespace countersign::net
