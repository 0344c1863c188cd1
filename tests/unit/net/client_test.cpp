// The client against raw servers that answer, lie, stall and leave.
#include "calling.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

Script::Act answer(std::string_view raw) {
  return [raw = std::string(raw)](Peer& peer) {
    peer.read_message();
    peer.send(raw);
  };
}

}  // namespace

TEST_CASE("what is sent") {
  std::string seen;
  Script script({[&](Peer& peer) {
    seen = peer.read_message();
    peer.send(ok);
  }});
  Calling calling;
  const auto got =
      calling.send({.method = "PUT", .url = script.url("/a?b=c"), .headers = {{"X-Y", "z"}}, .body = "hello"});
  REQUIRE(got.has_value());
  CHECK(got->status == 200);
  CHECK(got->body == "ok");
  CHECK(header(got->headers, "content-length") == "2");
  const auto host = script.url("").substr(7);
  CHECK(seen ==
        fmt::format(
            "PUT /a?b=c HTTP/1.1\r\nHost: {}\r\nUser-Agent: countersign\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello",
            host));
}

TEST_CASE("replies") {
  struct Row {
    std::string name, raw, body, fault;  // either a body or a fault
  };
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const Row rows[] = {
      {"sized", head + "Content-Length: 3\r\n\r\nabc", "abc", ""},
      {"chunked", head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n", "abcd", ""},
      {"until the end", head + "\r\nabc", "abc", ""},
      {"after interim ones",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + head + "Content-Length: 1\r\n\r\nx",
       "x", ""},
      {"at the bound", head + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'x'), std::string(1000, 'x'), ""},
      {"over the bound, sized", head + "Content-Length: 1001\r\n\r\n", "", "the reply is over 1000 bytes"},
      {"over the bound, chunked", head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "",
       "the reply is over 1000 bytes"},
      {"over the bound, until the end", head + "\r\n" + std::string(1001, 'x'), "", "the reply is over 1000 bytes"},
      {"endless header", head + "X: " + std::string(200'000, 'x'), "", "header is too large"},
      {"cut short, sized", head + "Content-Length: 5\r\n\r\nabc", "", "cut short"},
      {"cut short, chunked", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "", "cut short"},
      {"cut short, header", "HTTP/1.1 200 O", "", "cut short"},
      {"nothing", "", "", "no reply"},
      {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "", "not HTTP"},
      {"both framings", head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "not HTTP"},
      {"an unknown coding", head + "Transfer-Encoding: gzip\r\n\r\nabc", "", "Transfer-Encoding is unknown"},
      {"another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "", "switched protocols"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Script script({answer(row.raw)});
    Calling calling({.reply_bytes = 1000});
    const auto got = calling.post(script.url());
    if (row.fault.empty()) {
      REQUIRE_MESSAGE(got.has_value(), got.error().message);
      CHECK(got->body == row.body);
    } else {
      check_failure(got, Sent::maybe, row.fault);
      CHECK(got.error().message.starts_with("127.0.0.1:"));
    }
  }
}

TEST_CASE("a redirect and a refusal are answers") {
  Script script({answer("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\nConnection: "
                        "close\r\n\r\n"),
                 answer("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")});
  Calling calling;
  const auto moved = calling.post(script.url());
  REQUIRE(moved.has_value());
  CHECK(moved->status == 302);
  CHECK(header(moved->headers, "Location") == "http://elsewhere.example/");
  const auto busy = calling.post(script.url());
  REQUIRE(busy.has_value());
  CHECK(busy->status == 503);
  CHECK(header(busy->headers, "retry-after") == "7");
}

TEST_CASE("HEAD and 204 have no body, whatever their header says") {
  Script script({[](Peer& peer) {
    peer.read_message(false);
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    peer.read_message(false);
    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
  }});
  Calling calling;
  CHECK(calling.send({.method = "HEAD", .url = script.url()})->body.empty());
  CHECK(calling.send({.method = "GET", .url = script.url()})->status == 204);
}

TEST_CASE("what can't be sent is not sent") {
  Calling calling;
  check_failure(calling.post("ftp://host/"), Sent::no, "https://");
  check_failure(calling.send({.url = "http://127.0.0.1:1/", .headers = {{"A", "b\r\nC: d"}}}), Sent::no, "header A");
  check_failure(calling.post("http://host.invalid/"), Sent::no, "connect to host.invalid:80: ");
  std::string closed_port;
  {
    Script script({});
    closed_port = script.url("/secret");
  }
  const auto refused = calling.post(closed_port);
  check_failure(refused, Sent::no, "refused");
  CHECK(refused.error().message.starts_with("connect to 127.0.0.1:"));
  CHECK_FALSE(refused.error().message.contains("secret"));
}

TEST_CASE("a reset after the request may have been acted on") {
  Script script({[](Peer& peer) {
    peer.read_message();
    peer.reset();
  }});
  Calling calling;
  check_failure(calling.post(script.url()), Sent::maybe, "reset");
}

TEST_CASE("a reset at once is a failure, whether or not it overtook the request") {
  Script script({[](Peer& peer) { peer.reset(); }});
  Calling calling;
  CHECK_FALSE(calling.post(script.url()).has_value());
}

TEST_CASE("the one deadline covers a silent peer, a dripping one, and the queue") {
  Script script({[](Peer& peer) {
                   peer.read_message();
                   peer.read_to_end();
                 },
                 [](Peer& peer) {
                   peer.read_message();
                   peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                   while (!peer.ended_within(10ms))
                     peer.send("x");
                 }});
  Calling calling({.connections_per_origin = 1, .timeout = 150ms});
  auto silent = calling.begin({.url = script.url()});
  auto queued = calling.begin({.url = script.url()});
  check_failure(silent.get(), Sent::maybe, "the time was over while waiting for the reply");
  check_failure(queued.get(), Sent::no, "the time was over while waiting for a free connection");
  check_failure(calling.post(script.url()), Sent::maybe, "the time was over while waiting for the reply");
}

TEST_CASE("connections are reused, and only so many are made") {
  const auto serve_two = [](Peer& peer) {
    for (int i = 0; i < 2; ++i) {
      peer.read_message();
      peer.send(ok);
    }
  };
  Script script({serve_two});
  Calling calling({.connections_per_origin = 1});
  auto first = calling.begin({.url = script.url(), .body = "1"});
  auto second = calling.begin({.url = script.url(), .body = "2"});
  CHECK(first.get().has_value());
  CHECK(second.get().has_value());
}

TEST_CASE("calls wait in order, and not more than may") {
  std::string order;
  Script script({[&](Peer& peer) {
    for (int i = 0; i < 3; ++i) {
      order += peer.read_message().back();
      peer.send(ok);
    }
  }});
  Calling calling({.connections_per_origin = 1, .waiting_per_origin = 2});
  std::vector<std::future<Calling::Answer>> answers;
  calling.running().on_loop([&] {
    for (const auto* body : {"1", "2", "3", "4"})
      answers.push_back(calling.begin({.url = script.url(), .body = body}));
  });
  for (const int i : {0, 1, 2})
    CHECK(answers[i].get().has_value());
  check_failure(answers[3].get(), Sent::no, "2 calls wait already");
  CHECK(order == "123");
}

TEST_CASE("a pooled connection that went stale is replaced before anything is sent on it") {
  std::promise<void> closed;
  Script script({[&](Peer& peer) {
                   peer.read_message();
                   peer.send(ok);
                   peer.close();
                   closed.set_value();
                 },
                 [](Peer& peer) {
                   peer.read_message();
                   peer.send(ok);
                   peer.read_message();
                   peer.send(std::string(ok) + "HTTP/1.1 200 OK\r\n");  // a stray beginning: not to be built upon
                   peer.read_to_end();
                 },
                 answer(ok)});
  Calling calling;
  CHECK(calling.post(script.url()).has_value());
  closed.get_future().wait();
  CHECK(calling.post(script.url()).has_value());
  CHECK(calling.post(script.url()).has_value());
  CHECK(calling.post(script.url()).has_value());
}

TEST_CASE("a pooled connection that dies under the request is not tried again: it may have been acted on") {
  Script script({[](Peer& peer) {
    peer.read_message();
    peer.send(ok);
    peer.read_message();
    peer.reset();
  }});
  Calling calling;
  CHECK(calling.post(script.url()).has_value());
  check_failure(calling.post(script.url()), Sent::maybe, "127.0.0.1:");
}

TEST_CASE("idle connections are closed") {
  std::promise<bool> ended;
  Script script({[&](Peer& peer) {
    peer.read_message();
    peer.send(ok);
    ended.set_value(peer.ends());
  }});
  Calling calling({.idle_time = 50ms});
  CHECK(calling.post(script.url()).has_value());
  CHECK(ended.get_future().get());
}

TEST_CASE("an early answer to a long request is taken") {
  Script script({[](Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    peer.finish_sending();
    peer.read_to_end();
  }});
  Calling calling;
  const auto got = calling.post(script.url(), std::string(8 << 20, 'x'));
  REQUIRE_MESSAGE(got.has_value(), got.error().message);
  CHECK(got->status == 413);
}

TEST_CASE("a client that goes drops its open calls") {
  Script script({[](Peer& peer) { peer.read_to_end(); }});
  Calling calling({.connections_per_origin = 1});
  auto running = calling.begin({.url = script.url()});
  auto waiting = calling.begin({.url = script.url()});
  calling.close();
  CHECK_THROWS_AS(running.get(), std::future_error);
  CHECK_THROWS_AS(waiting.get(), std::future_error);
}

TEST_CASE("both of ours together, from many threads") {
  Serving serving;
  Calling calling({.connections_per_origin = 4});
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 50; ++j) {
        const auto body = fmt::format("{}-{}", i, j);
        if (const auto got = calling.begin({.url = serving.url() + "/x", .body = body}).get();
            got && got->body == fmt::format("POST /x ? [{}]", body)) {
          ++good;
        }
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(good == 200);
  CHECK(serving.counters().accepted <= 4);
}
