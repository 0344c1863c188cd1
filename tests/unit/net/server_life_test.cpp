// Answers from other threads, handlers that fail, stopping, starting.
#include <condition_variable>

#include "serving.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Requests kept by the handler until the test answers them.
class Held {
 public:
  void keep(Request, Respond respond) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(respond));
    changed_.notify_all();
  }
  Respond take() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 10s, [&] { return !held_.empty(); }));
    auto respond = std::move(held_.front());
    held_.erase(held_.begin());
    return respond;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Respond> held_;
};

}  // namespace

TEST_CASE("answers come from any thread, in the requests' order") {
  Held held;
  Serving serving([&](Request request, Respond respond) { held.keep(std::move(request), std::move(respond)); });
  auto peer = serving.connect();
  peer.send(std::string(get) + std::string(get));
  held.take()({.status = 200, .body = "first"});
  CHECK(peer.read_message().ends_with("first"));
  serving.running().on_loop([&, second = std::make_shared<Respond>(held.take())] { (*second)({.body = "second"}); });
  CHECK(peer.read_message().ends_with("second"));
  peer.send(get);
  held.take();  // dropped
  CHECK(peer.read_message().starts_with("HTTP/1.1 500 "));
  peer.send(get);
  held.take()({.status = 204});
  CHECK(peer.read_message().starts_with("HTTP/1.1 204 "));
}

TEST_CASE("many threads answer at once") {
  Serving serving([](Request request, Respond respond) {
    std::thread([request = std::move(request), respond = std::move(respond)]() mutable {
      tell(std::move(request), std::move(respond));
    }).detach();
  });
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&serving, &good, i] {
      auto peer = serving.connect();
      for (int j = 0; j < 50; ++j) {
        const auto path = fmt::format("/{}-{}", i, j);
        peer.send(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", path));
        if (peer.read_message().ends_with(fmt::format("GET {} ? []", path))) ++good;
      }
    });
  }
  for (auto& client : clients)
    client.join();
  CHECK(good == 400);
}

TEST_CASE("the client leaves before its answer comes") {
  Held held;
  Serving serving([&](Request request, Respond respond) { held.keep(std::move(request), std::move(respond)); });
  {
    auto peer = serving.connect();
    peer.send(get);
    auto respond = held.take();
    peer.reset();
    respond({.status = 204});
  }
  while (serving.counters().open > 0)
    std::this_thread::sleep_for(1ms);
  auto peer = serving.connect();
  peer.send(get);
  held.take()({.status = 204});
  CHECK(peer.read_message().starts_with("HTTP/1.1 204 "));
}

TEST_CASE("a handler that throws is a 500, and the server lives") {
  Serving serving([](Request request, Respond respond) {
    if (request.path == "/throw") throw std::runtime_error("what it threw");
    tell(std::move(request), std::move(respond));
  });
  auto peer = serving.connect();
  peer.send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(peer.read_message().starts_with("HTTP/1.1 500 "));
  CHECK(serving.thrown() == "what it threw");
  peer.send(get);
  CHECK(peer.read_message().ends_with("GET / ? []"));
}

TEST_CASE("large requests are handled on workers, small ones on the loop") {
  std::mutex mutex;
  std::vector<std::thread::id> threads;
  Serving serving(
      [&](Request request, Respond respond) {
        {
          const std::lock_guard lock(mutex);
          threads.push_back(std::this_thread::get_id());
        }
        if (request.body.starts_with("throw")) throw std::runtime_error("on a worker");
        tell(std::move(request), std::move(respond));
      },
      {.inline_body_bytes = 10, .inline_packed_bytes = 5});
  auto peer = serving.connect();
  const auto post = [&](const std::string& body, const std::string& header = "") {
    peer.send(fmt::format("POST / HTTP/1.1\r\nHost: h\r\n{}Content-Length: {}\r\n\r\n{}", header, body.size(), body));
    return peer.read_message();
  };
  CHECK(post("0123456789").starts_with("HTTP/1.1 200 "));
  CHECK(post("0123456789a").starts_with("HTTP/1.1 200 "));
  CHECK(post("throw it away").starts_with("HTTP/1.1 500 "));
  CHECK(serving.thrown() == "on a worker");
  CHECK(post(std::string(500'000, 'x')).ends_with("[500000]"));
  CHECK(post("01234", "Content-Encoding: gzip\r\n").starts_with("HTTP/1.1 200 "));
  CHECK(post("012345", "Content-Encoding: gzip\r\n").starts_with("HTTP/1.1 200 "));
  CHECK(post("\x1f\x8b"
             "2345")
            .starts_with("HTTP/1.1 200 "));
  const auto loop_thread = serving.running().on_loop([] { return std::this_thread::get_id(); });
  for (const std::size_t i : {0U, 4U})
    CHECK(threads[i] == loop_thread);
  for (const std::size_t i : {1U, 2U, 3U, 5U, 6U})
    CHECK(threads[i] != loop_thread);
}

TEST_CASE("a graceful stop: idle ones go at once, the one in flight is answered and closed") {
  Held held;
  std::promise<void> stopped;  // before the loop: it must outlive the call that keeps it
  Serving serving([&](Request request, Respond respond) {
    if (request.path == "/idle") return tell(std::move(request), std::move(respond));
    held.keep(std::move(request), std::move(respond));
  });
  auto idle = serving.connect();
  idle.send("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(idle.read_message().ends_with("GET /idle ? []"));
  auto busy = serving.connect();
  busy.send(get);
  auto respond = held.take();
  serving.running().on_loop([&] { serving.server().stop(10s, [&] { stopped.set_value(); }); });
  CHECK(idle.ends());
  CHECK_FALSE(serving.connect().open());
  auto finished = stopped.get_future();
  CHECK(finished.wait_for(0s) == std::future_status::timeout);
  respond({.status = 200, .body = "late but whole"});
  const auto answer = busy.read_message();
  CHECK(answer.contains("Connection: close\r\n"));
  CHECK(answer.ends_with("late but whole"));
  busy.finish_sending();
  CHECK(busy.ends());
  CHECK(finished.wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a stop while an answer is on its way: it arrives whole, and nothing is waited for after it") {
  constexpr std::size_t size = 64 << 20;
  Serving serving([&](Request, Respond respond) { respond({.status = 200, .body = std::string(size, 'x')}); });
  auto peer = serving.connect();
  peer.send(get);
  peer.read_until("\r\n\r\n");
  std::promise<void> stopped;
  serving.running().on_loop([&] { serving.server().stop(60s, [&] { stopped.set_value(); }); });
  CHECK(peer.read_bytes(size).size() == size);
  CHECK(stopped.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a stop is forced after its grace, and the answer that comes then is dropped") {
  Held held;
  std::promise<void> stopped;  // before the loop: it must outlive the call that keeps it
  Serving serving([&](Request request, Respond respond) { held.keep(std::move(request), std::move(respond)); });
  auto busy = serving.connect();
  busy.send(get);
  auto respond = held.take();
  serving.running().on_loop([&] { serving.server().stop(50ms, [&] { stopped.set_value(); }); });
  CHECK(busy.ends());
  respond({.status = 204});
  CHECK(stopped.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("a server may go with requests open") {
  Held held;
  Respond left;
  {
    Serving serving([&](Request request, Respond respond) { held.keep(std::move(request), std::move(respond)); });
    auto answered = serving.connect();
    answered.send(get);
    auto reading = serving.connect();
    reading.send("GET / HT");
    held.take();
    CHECK(answered.read_message().starts_with("HTTP/1.1 500 "));
    answered.send(get);
    left = held.take();
    serving.running().on_loop([&, moved = std::make_shared<Respond>(std::move(left))] { left = std::move(*moved); });
    left = nullptr;
  }
}

TEST_CASE("an address that can't be had says what to do") {
  Loop loop;
  Answering handler(tell);
  auto first = Server::open(loop, handler, {.listen = "127.0.0.1:0"});
  REQUIRE(first.has_value());
  const auto address = (*first)->url().substr(7);
  const auto second = Server::open(loop, handler, {.listen = address});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().message ==
        fmt::format("address in use: another process listens on {}; change [server] listen", address));
  const auto foreign = Server::open(loop, handler, {.listen = "192.0.2.1:80"});
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().message == "this machine has no address 192.0.2.1; change [server] listen");
  const auto half = Server::open(loop, handler, {.listen = "127.0.0.1:0", .tls_certificate = "/x"});
  CHECK(half.error().message == "tls_certificate and tls_private_key go together: set both or neither");
  const auto unread = Server::open(
      loop, handler, {.listen = "127.0.0.1:0", .tls_certificate = "/nowhere", .tls_private_key = "/nowhere"});
  CHECK(unread.error().message.starts_with("tls_certificate /nowhere: "));
}

TEST_CASE("IPv6") {
  Loop loop;
  Answering handler(tell);
  const auto server = Server::open(loop, handler, {.listen = "[::1]:0"});
  if (!server && server.error().message.contains("no address")) return;  // a machine without IPv6
  REQUIRE(server.has_value());
  CHECK((*server)->url().starts_with("http://[::1]:"));
}

TEST_CASE("the loop's timers and posts come on its thread, in their time") {
  std::promise<std::string> done;  // before the loop: it must outlive the call that keeps it
  RunningLoop running;
  std::string order;
  running.loop().after(60ms, [&] { done.set_value(order + "c"); });
  running.loop().after(20ms, [&] { order += "b"; });
  running.loop().post([&] { order += "a"; });
  CHECK(done.get_future().get() == "abc");
}
