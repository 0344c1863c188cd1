// A real server on its loop's thread, for the tests of it.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "net/server.hpp"
#include "sockets.hpp"

namespace countersign::net::testing {

/// A loop on a thread of its own.
class RunningLoop {
 public:
  RunningLoop() : thread_([this] { loop_.run(); }) {}
  RunningLoop(const RunningLoop&) = delete;
  RunningLoop& operator=(const RunningLoop&) = delete;
  ~RunningLoop() {
    loop_.stop();
    thread_.join();
  }

  Loop& loop() { return loop_; }

  /// What `work` returns, from the loop's thread.
  template <typename Work>
  auto on_loop(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    loop_.post([&task] { task(); });
    return result.get();
  }

 private:
  Loop loop_;
  std::thread thread_;
};

/// Answers by a function; the default says what it was asked.
class Answering final : public Handler {
 public:
  using Work = std::function<void(Request, Respond)>;
  explicit Answering(Work work, std::size_t limit = 1 << 20) : work_(std::move(work)), limit_(limit) {}
  void handle(Request request, Respond respond) override { work_(std::move(request), std::move(respond)); }
  std::size_t body_limit(const Request&) const override { return limit_; }
  std::shared_ptr<BodyReader> body_reader(const Request& head) override {
    return head.path == "/endless" ? reader : nullptr;
  }

  std::shared_ptr<BodyReader> reader;  // of /endless; set while nobody asks

 private:
  Work work_;
  std::size_t limit_;
};

inline void tell(Request request, Respond respond) {
  respond({.status = 200,
           .headers = {{"X-Test", "yes"}},
           .body = fmt::format("{} {} ?{} [{}]", request.method, request.path, request.query,
                               request.body.size() <= 64 ? request.body : std::to_string(request.body.size()))});
}

class Serving {
 public:
  explicit Serving(Answering::Work work = tell, ServerLimits limits = {}, std::size_t body_limit = 1 << 20)
      : Serving(std::move(work), ServerOptions{.listen = "127.0.0.1:0", .limits = limits}, body_limit) {}
  Serving(Answering::Work work, ServerOptions options, std::size_t body_limit = 1 << 20)
      : handler_(std::move(work), body_limit) {
    options.on_exception = [this](std::string_view what) {
      const std::lock_guard lock(mutex_);
      thrown_ = what;
      was_thrown_.notify_all();
    };
    server_ = running_.on_loop([&] {
      auto opened = Server::open(running_.loop(), handler_, options);
      REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
      return std::move(*opened);
    });
    url_ = server_->url();
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() {
    running_.on_loop([&] { server_.reset(); });
  }

  const std::string& url() const { return url_; }
  Peer connect() const {
    return Peer::connect(static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1))));
  }
  /// All that comes back until the connection ends.
  std::string ask(std::string_view raw) const {
    auto peer = connect();
    peer.send(raw);
    peer.finish_sending();
    return peer.read_to_end();
  }
  ServerCounters counters() {
    return running_.on_loop([&] { return server_->counters(); });
  }
  /// Who takes chunked bodies of /endless in pieces. While nobody asks.
  void read_by(std::shared_ptr<BodyReader> reader) { handler_.reader = std::move(reader); }
  RunningLoop& running() { return running_; }
  Server& server() { return *server_; }
  /// What the handler threw last; its client may have the 500 a moment before it is told here.
  std::string thrown() {
    std::unique_lock lock(mutex_);
    was_thrown_.wait_for(lock, std::chrono::seconds(10), [&] { return !thrown_.empty(); });
    return std::exchange(thrown_, {});
  }

 private:
  Answering handler_;
  std::mutex mutex_;
  std::condition_variable was_thrown_;
  std::string thrown_;
  RunningLoop running_;
  std::unique_ptr<Server> server_;
  std::string url_;
};

/// The Date header goes by the clock; the rest is compared.
inline std::string without_date(std::string text) {
  for (std::size_t at = 0; (at = text.find("Date: ", at)) != std::string::npos;)
    text.erase(at, text.find("\r\n", at) + 2 - at);
  return text;
}

}  // namespace countersign::net::testing
