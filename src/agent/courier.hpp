// Carries the streams' batches to the server: one under way for each stream, the same bytes until it is acknowledged,
// logins at once, a heartbeat where there is nothing else, and back-off while the server is away. What the server asks
// for in its answers is handed on. Lives on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/stream.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/client.hpp"
#include "net/loop.hpp"

namespace countersign::agent {

struct CourierSettings {
  std::string url;  // "https://countersign.example.com/agents/v1/batches"
  Duration heartbeat = std::chrono::seconds(10);
};

/// A request of the server's, as it came: believed by nobody yet.
struct Asked {
  std::string payload, signature;  // decoded
};

struct CourierEvents {
  /// The headers that say who sends these bytes.
  std::function<net::Headers(std::string_view body)> prove;
  /// Before a batch is sealed: the last chance to look at the stream's witness.
  std::function<void(Stream&)> before_seal;
  std::function<void(std::vector<Asked>)> asked;
  /// 409: the server holds another batch of this number. 401, 403: it doesn't believe us. The batch stays pending.
  std::function<void(int status, const std::string& why)> refused;
  /// For a person, once a change: "kernel: can't reach …", "kernel: delivered again".
  std::function<void(const std::string&)> tell;
};

class Courier {
 public:
  Courier(net::Loop& loop, net::Client& client, const Clock& clock, Random& random, CourierSettings settings,
          CourierEvents events);
  ~Courier();

  /// The stream must live as long as the courier.
  void carry(Stream& stream);
  /// From now on; before it batches only wait.
  void start();
  /// Something waits in the stream that ought to be gone within `delay`.
  void hurry(Stream& stream, Duration delay);
  /// Sends what is there, once, and calls `done` when all is acknowledged or `grace` is over.
  void finish(Duration grace, net::Loop::Task done);
  /// Where the newest acknowledged batch of any stream is this old; nullopt before the first.
  [[nodiscard]] std::optional<Timestamp> last_acknowledged() const;
  [[nodiscard]] std::string trouble() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // calls under way hold on to it weakly
};

}  // namespace countersign::agent
