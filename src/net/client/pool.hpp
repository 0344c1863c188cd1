// The calls of a client and its connections: by origin, so many at once, the rest wait in order.
// Owned by the loop's thread; coroutines hold it by shared_ptr and may outlive the Client.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "net/client.hpp"
#include "net/client/dial.hpp"
#include "net/client/exchange.hpp"

namespace countersign::net {

/// One call from send() to its `done`.
struct Pending {
  Call call;
  Url url;
  std::string head;
  Client::Done done;
  Sent sent = Sent::no;
  const char* waiting_for = "a free connection";  // when the deadline comes
  std::shared_ptr<Attempt> attempt = std::make_shared<Attempt>();
  std::optional<Timer> deadline;
};

class Pool : public std::enable_shared_from_this<Pool> {
 public:
  Pool(Executor executor, ClientOptions options);

  void submit(std::shared_ptr<Pending> pending);
  /// Ends everything; what was not answered is dropped, `done` with it.
  void close();

 private:
  using Steady = std::chrono::steady_clock;
  using Answer = std::expected<Response, ClientFailure>;

  struct Idle {
    std::shared_ptr<Wire> wire;
    Steady::time_point since;
  };
  struct Origin {
    std::vector<Idle> idle;  // the newest last
    std::size_t busy = 0;
    std::deque<std::shared_ptr<Pending>> waiting;
  };
  using Origins = std::map<std::string, Origin>;

  static Async<void> run(std::shared_ptr<Pool> self, std::shared_ptr<Pending> pending);
  Async<std::expected<Reply, ClientFailure>> perform(Pending& pending);
  std::shared_ptr<Wire> take_idle(Origin& origin);
  void release(const Url& url, std::shared_ptr<Wire> reusable);
  void start(Origin& origin, std::shared_ptr<Pending> pending);
  void watch(const std::shared_ptr<Pending>& pending);
  void finish(Pending& pending, Answer answer);
  void finish_late(Pending& pending);
  void sweep();

  Executor executor_;
  ClientOptions options_;
  asio::ssl::context tls_;
  Origins origins_;
  std::unordered_set<std::shared_ptr<Pending>> running_;
  Timer sweeper_;
  bool sweeping_ = false;
  bool closed_ = false;
};

}  // namespace countersign::net
