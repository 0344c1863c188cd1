// Raw requests and the raw answers to them.
#include "serving.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;
using namespace std::string_literals;

namespace {

std::string ok(std::string_view body, std::string_view more = "") {
  return fmt::format("HTTP/1.1 200 OK\r\nX-Test: yes\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), more, body);
}

std::string refused(std::string_view status, std::string_view why) {
  const auto body = fmt::format("{{\"error\":\"{}\"}}\n", why);
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
      body.size(), body);
}

}  // namespace

TEST_CASE("good requests") {
  Serving serving;
  struct Row {
    std::string name;
    std::string raw, answer;
  };
  const std::string head = " HTTP/1.1\r\nHost: h\r\n";
  const Row rows[] = {
      {"GET", "GET /a%20b?c=%41" + head + "\r\n", ok("GET /a b ?c=%41 []")},
      {"HEAD has the length and no body", "HEAD /x" + head + "\r\n",
       "HTTP/1.1 200 OK\r\nX-Test: yes\r\nContent-Length: 11\r\n\r\n"},
      {"sized body", "POST /p" + head + "Content-Length: 5\r\n\r\nhello", ok("POST /p ? [hello]")},
      {"chunked body, with extension and trailer",
       "POST /p" + head + "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n2\r\n, \r\n0\r\nX-Sum: 9\r\n\r\n",
       ok("POST /p ? [hello, ]")},
      {"two in one packet", "POST /1" + head + "Content-Length: 1\r\n\r\naGET /2" + head + "\r\n",
       ok("POST /1 ? [a]") + ok("GET /2 ? []")},
      {"connection: close", "GET /" + head + "Connection: close\r\n\r\nGET /2" + head + "\r\n",
       ok("GET / ? []", "Connection: close\r\n")},
      {"1.0 closes", "GET / HTTP/1.0\r\n\r\n", ok("GET / ? []", "Connection: close\r\n")},
      {"1.0 keeps when asked", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
       ok("GET / ? []", "Connection: keep-alive\r\n") + ok("GET /2 ? []", "Connection: close\r\n")},
      {"absolute form", "GET http://h/x" + head + "\r\n", ok("GET /x ? []")},
      {"nothing", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(without_date(serving.ask(row.raw)) == row.answer);
  }
}

TEST_CASE("bad requests are answered once, with the reason, and the connection is closed") {
  Serving serving(tell, {.header_bytes = 1024}, 100);
  struct Row {
    std::string name;
    std::string raw, answer;
  };
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\n";
  const auto framing = refused("400 Bad Request", "the request's framing is malformed");
  const auto version = refused("400 Bad Request", "the request is malformed, or not HTTP/1.0 or HTTP/1.1");
  const auto malformed = refused("400 Bad Request", "the request is malformed");
  const auto length = refused("400 Bad Request", "Content-Length must be one number");
  const auto large_header = refused("431 Request Header Fields Too Large", "the request's header is too large");
  const auto large_body = refused("413 Payload Too Large", "the request's body is too large");
  const std::string next = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  std::string many = head;
  for (int i = 0; i < 150; ++i)
    many += "a:\r\n";
  const Row rows[] = {
      {"no HTTP", "\x16\x03\x01 hello\r\n\r\n", malformed},
      {"length, then chunked", head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
       framing},
      {"chunked, then length", head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + next,
       framing},
      {"length and an unknown coding", head + "Content-Length: 3\r\nTransfer-Encoding: xchunked\r\n\r\nabc" + next,
       framing},
      {"two lengths that differ", head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" + next, framing},
      {"two equal lengths", head + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + next, length},
      {"a list of lengths", head + "Content-Length: 3, 3\r\n\r\nabc" + next, length},
      {"a signed length", head + "Content-Length: +3\r\n\r\nabc" + next, malformed},
      {"a length beyond 64 bits", head + "Content-Length: 99999999999999999999\r\n\r\n", malformed},
      {"two codings", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
       framing},
      {"a coding we don't know", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + next,
       refused("501 Not Implemented", "no Transfer-Encoding but chunked is known here")},
      {"chunked not last", head + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + next,
       refused("501 Not Implemented", "no Transfer-Encoding but chunked is known here")},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       refused("400 Bad Request", "Transfer-Encoding in HTTP/1.0")},
      {"a bad chunk size", head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", framing},
      {"a chunk size beyond 64 bits", head + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", framing},
      {"no line end after a chunk", head + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", framing},
      {"a blank before the colon", head + "Content-Length : 3\r\n\r\nabc", malformed},
      {"a bare LF", "GET / HTTP/1.1\nHost: h\n\n", version},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", refused("400 Bad Request", "a request needs one Host header")},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
       refused("400 Bad Request", "a request needs one Host header")},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", version},
      {"a bad escape", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
       refused("400 Bad Request", "bad percent escape in the path")},
      {"an encoded NUL", "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", refused("400 Bad Request", "NUL in the path")},
      {"an authority as target", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n",
       refused("400 Bad Request", "the request target is no path")},
      {"an expectation", head + "Expect: miracles\r\n\r\n",
       refused("417 Expectation Failed", "no expectation but 100-continue is known here")},
      {"a long header", head + "X: " + std::string(2000, 'x') + "\r\n\r\n", large_header},
      {"a long target", "GET /" + std::string(2000, 'x'), large_header},
      {"too many fields", many + "\r\n", large_header},
      {"a length in the trailer", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n" + next,
       framing},
      {"a long trailer", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(9000, 'x') + "\r\n\r\n",
       large_header},
      {"a long body", head + "Content-Length: 101\r\n\r\n" + std::string(101, 'x'), large_body},
      {"a long body not yet sent", head + "Content-Length: 18446744073709551615\r\n\r\n", large_body},
      {"a long chunked body",
       head + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'x') + "\r\n1\r\ny\r\n", large_body},
      {"a body cut short", head + "Content-Length: 10\r\n\r\nabc", ""},
      {"a header cut short", "GET / HT", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(without_date(serving.ask(row.raw)) == row.answer);
  }
  CHECK(serving.counters().requests == 0);
  CHECK(serving.counters().open == 0);
}

TEST_CASE("the body's limit is exact, and a body at it is taken in any pieces") {
  Serving serving(tell, ServerLimits{}, 100);
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\n";
  auto peer = serving.connect();
  peer.send(head + "Content-Length: 100\r\n\r\n");
  for (int i = 0; i < 100; ++i)
    peer.send("x");
  CHECK(peer.read_message().ends_with("[100]"));
  peer.send(head + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i)
    peer.send("1\r\nx\r\n");
  peer.send("0\r\n\r\n");
  CHECK(peer.read_message().ends_with("[100]"));
}

TEST_CASE("what is refused without its handler is told once its head was read") {
  std::mutex mutex;
  std::vector<std::string> told;
  ServerOptions options{.listen = "127.0.0.1:0"};
  options.on_refused = [&](const Request& head, int status) -> std::optional<Response> {
    const std::lock_guard lock(mutex);
    told.push_back(fmt::format("{} {} {}", head.path, status, head.peer));
    if (head.path != "/own") return std::nullopt;
    return Response{.status = 400, .headers = {}, .body = "in our own words"};
  };
  Serving serving(tell, std::move(options), 4);
  for (const auto* request :
       {"POST /sized HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
        "POST /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "POST /good HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd", "BAD\r\n\r\n"}) {
    auto peer = serving.connect();
    peer.send(request);
    CHECK(peer.read_message().starts_with("HTTP/1.1 "));
  }
  auto peer = serving.connect();
  peer.send("POST /own HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  const auto answer = peer.read_message();
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(answer.ends_with("in our own words"));
  const std::lock_guard lock(mutex);
  CHECK(told == std::vector<std::string>{"/sized 413 127.0.0.1", "/chunks 413 127.0.0.1", "/own 413 127.0.0.1"});
}

TEST_CASE("100-continue is said only to who may go on") {
  Serving serving(tell, ServerLimits{}, 100);
  auto peer = serving.connect();
  peer.send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(peer.read_message() == "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ok");
  CHECK(peer.read_message().ends_with("POST /p ? [ok]"));
  peer.send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 200\r\n\r\n");
  CHECK(peer.read_message().starts_with("HTTP/1.1 413 "));
  peer.finish_sending();
  CHECK(peer.ends());
}

TEST_CASE("answers: no body where there is none, and nothing that would split them") {
  struct Row {
    Response response;
    std::string answer;
  };
  const auto internal =
      "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"
      "{\"error\":\"internal error\"}\n";
  const Row rows[] = {
      {{.status = 204, .body = "never"}, "HTTP/1.1 204 No Content\r\n\r\n"},
      {{.status = 304, .body = "never"}, "HTTP/1.1 304 Not Modified\r\n\r\n"},
      {{.status = 299, .body = "x"}, "HTTP/1.1 299 \r\nContent-Length: 1\r\n\r\nx"},
      {{.status = 200, .headers = {{"content-length", "9"}, {"Connection", "x"}, {"Date", "now"}}},
       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
      {{.status = 200, .headers = {{"A", "b\r\nSet-Cookie: c"}}}, internal},
      {{.status = 200, .headers = {{"A:", "b"}}}, internal},
      {{.status = 100}, internal},
      {{.status = 200, .body = std::string(100'000, 'x')},
       "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x')},
  };
  for (const auto& row : rows) {
    Serving serving([&](Request, Respond respond) { respond(row.response); });
    CHECK(without_date(serving.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n")) == row.answer);
  }
}
