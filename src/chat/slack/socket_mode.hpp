// What Slack sends by Socket Mode, the way in that needs no public address: several websockets, each replaced before
// it ends where Slack says so, and at once where it is lost. A click is acknowledged once its word is durable.
// start(), stop() and all work on the scheduler's thread, which is the clients'; health() is safe from any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/scheduler.hpp"
#include "base/random.hpp"
#include "chat/slack/api.hpp"
#include "chat/slack/envelope.hpp"
#include "chat/slack/envelopes.hpp"
#include "chat/slack/settings.hpp"
#include "net/websocket.hpp"

namespace countersign::chat {

struct SocketModePace {
  std::size_t connections = 2;                      // Slack allows 10; during a replacement there are twice these
  Duration hello_within = std::chrono::seconds(5);  // from the URL on
  Duration linger = std::chrono::seconds(12);  // a replaced socket is read on: Slack ends it 10 s after its warning
  Duration proven_after = std::chrono::seconds(10);  // a socket that lived so long was a good one
  Duration first_pause = std::chrono::milliseconds(250), longest_pause = std::chrono::seconds(30);
  Duration crowded_pause = std::chrono::seconds(30);  // after too_many_websockets
  Duration refused_pause = std::chrono::seconds(60);  // after an error that a person must mend
  Duration silence = std::chrono::seconds(15);        // without any socket, until health says so
};

class SocketMode {
 public:
  /// What became of an envelope. `stored` false: it is not acknowledged, so that Slack shows the failure.
  using Answer = std::move_only_function<void(bool stored, nlohmann::json body)>;
  /// Deals with one and calls `answer` once, on any thread and within Slack's 3 s (in_time.hpp keeps them); one it
  /// doesn't know it answers at once, with null.
  using Hear = std::function<void(const slack::Envelope& envelope, Answer answer)>;
  /// Told what an operator may want to read: a socket lost, refused, or back.
  using Tell = std::function<void(std::string_view)>;

  /// Everything handed over must outlive this, and this whatever the scheduler still runs. `client` should keep no
  /// connection for long: when a socket dies in silence, a pooled one beside it is as dead.
  SocketMode(net::Client& client, net::WebSocketClient& sockets, const SlackSettings& settings, Hear hear,
             app::Scheduler& scheduler, Random& random, Tell tell, SocketModePace pace = {});

  void start();
  /// Opens nothing any more and says goodbye.
  void stop();
  /// Why no click can come in, with the mend; empty while they can.
  [[nodiscard]] std::string health() const;

 private:
  using Number = slack::Envelopes::Socket;
  /// What keeps one connection alive; during a replacement it has two links.
  struct Seat {
    bool opening = false;  // from the call for a URL to hello, or to the failure
    bool pausing = false;
    unsigned failures = 0;  // in a row
  };
  struct Link {
    std::size_t seat = 0;
    std::unique_ptr<net::WebSocket> socket;
    bool live = false;     // said hello
    bool leaving = false;  // its replacement is under way or there
    bool proven = false;
  };

  void fill(std::size_t seat);
  void refill(std::size_t seat, Duration pause);
  void opened(std::size_t seat, slack::Api::Answer answer);
  void refused(std::size_t seat, const slack::Refusal& refusal);
  void heard(Number number, const std::string& text);
  void hello(Number number);
  void disconnect(Number number, const std::string& reason);
  void ended(Number number, const std::string& why);
  void take(Number number, slack::Envelope envelope);
  void settled(const std::string& envelope, const nlohmann::json& body);
  void acknowledge(Number number, const std::string& envelope, const nlohmann::json& body);

  [[nodiscard]] Link* link(Number number);
  [[nodiscard]] bool any_live() const;
  [[nodiscard]] Duration pause(unsigned failures);
  [[nodiscard]] Duration jittered(Duration most);
  void watch_silence();
  void set_health(std::string reason);

  slack::Api api_;
  net::WebSocketClient& sockets_;
  const Hear hear_;
  app::Scheduler& scheduler_;
  Random& random_;
  const Tell tell_;
  const SocketModePace pace_;
  const bool plain_allowed_;  // ws://, where api_url is http:// too: tests

  // The scheduler's thread's:
  std::vector<Seat> seats_;
  std::map<Number, Link> links_;
  Number last_number_ = 0;
  slack::Envelopes envelopes_;
  std::uint64_t silence_watch_ = 0;  // hellos so far: a watch begun before the last one is void
  bool watching_ = false;
  std::string last_trouble_;
  bool stopped_ = false;

  mutable std::mutex mutex_;
  std::string health_;  // guarded by mutex_
};

}  // namespace countersign::chat
