// Limits on time, connections and bytes in flight.
#include "serving.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

TEST_CASE("a slow header is answered 408, also when it drips") {
  Serving serving(tell, {.header_time = 100ms});
  auto still = serving.connect();
  still.send("GET / HTTP/1.1\r\nHo");
  CHECK(still.read_until("\r\n") == "HTTP/1.1 408 Request Timeout\r\n");
  auto silent = serving.connect();
  CHECK(silent.ends());
  auto dripping = serving.connect();
  std::jthread drip([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      dripping.send("x");
      std::this_thread::sleep_for(10ms);
    }
  });
  CHECK(dripping.read_until("\r\n") == "HTTP/1.1 408 Request Timeout\r\n");
  drip.request_stop();
  drip.join();
  CHECK(serving.counters().timed_out == 3);
}

TEST_CASE("a slow body is answered 408") {
  Serving serving(tell, {.body_time = 100ms});
  for (const auto* framing : {"Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    auto peer = serving.connect();
    peer.send(std::string("POST / HTTP/1.1\r\nHost: h\r\n") + framing);
    CHECK(peer.read_until("\r\n") == "HTTP/1.1 408 Request Timeout\r\n");
  }
}

TEST_CASE("a kept connection is closed without a word when it idles") {
  Serving serving(tell, {.idle_time = 100ms});
  auto peer = serving.connect();
  for (int i = 0; i < 3; ++i) {
    peer.send(get);
    CHECK(peer.read_message().ends_with("GET / ? []"));
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK(peer.ends());
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("a handler may take longer than any limit of the wire") {
  Serving serving(
      [](Request, Respond respond) {
        std::thread([respond = std::move(respond)]() mutable {
          std::this_thread::sleep_for(300ms);
          respond({.status = 204});
        }).detach();
      },
      {.header_time = 50ms, .body_time = 50ms, .idle_time = 50ms, .write_time = 50ms});
  auto peer = serving.connect();
  peer.send(get);
  CHECK(peer.read_message().starts_with("HTTP/1.1 204 "));
}

TEST_CASE("who doesn't read the answer is cut off") {
  Serving serving([](Request, Respond respond) { respond({.status = 200, .body = std::string(64 << 20, 'x')}); },
                  {.write_time = 100ms});
  auto peer = serving.connect();
  peer.send(get);
  while (serving.counters().timed_out == 0)
    std::this_thread::sleep_for(5ms);
  CHECK(peer.read_to_end().size() < (64U << 20U));
}

TEST_CASE("a thousand connections, and one more is told so") {
  Serving serving(tell, {.connections = 1000});
  std::vector<Peer> peers;
  for (int i = 0; i < 1000; ++i) {
    peers.push_back(serving.connect());
    REQUIRE(peers.back().open());
  }
  for (auto& peer : peers)
    peer.send(get);
  for (auto& peer : peers)
    REQUIRE(peer.read_message().ends_with("GET / ? []"));
  CHECK(serving.counters().open == 1000);
  auto over = serving.connect();
  over.send(get);
  const auto answer = over.read_message();
  CHECK(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(answer.contains("Retry-After: 1\r\n"));
  CHECK(answer.ends_with("{\"error\":\"too many connections\"}\n"));
  over.finish_sending();
  CHECK(over.ends());
  peers.clear();
  while (serving.counters().open > 0)
    std::this_thread::sleep_for(1ms);
  CHECK(serving.ask(get).ends_with("GET / ? []"));
}

TEST_CASE("bodies in flight over all connections are bounded, and what was taken is given back") {
  Serving serving(tell, {.body_bytes_in_flight = 1000});
  const auto post = [](int length) {
    return fmt::format("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", length);
  };
  auto holding = serving.connect();
  holding.send(post(900) + std::string(800, 'x'));
  while (!serving.ask(post(300) + std::string(300, 'x')).starts_with("HTTP/1.1 503 ")) {
  }
  const auto chunked = serving.ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n12c\r\n" +
                                   std::string(300, 'x') + "\r\n0\r\n\r\n");
  CHECK(chunked.starts_with("HTTP/1.1 503 "));
  CHECK(chunked.contains("Retry-After: 1\r\n"));
  CHECK(serving.ask(post(100) + std::string(100, 'x')).starts_with("HTTP/1.1 200 "));
  holding.send(std::string(100, 'x'));
  CHECK(holding.read_message().ends_with("[900]"));
  CHECK(serving.ask(post(1000) + std::string(1000, 'x')).starts_with("HTTP/1.1 200 "));
  holding.send(post(500) + "xyz");
  holding.close();  // leaves in the middle of a body
  while (!serving.ask(post(1000) + std::string(1000, 'x')).starts_with("HTTP/1.1 200 ")) {
  }
}
