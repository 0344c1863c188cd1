// What is taken apart without a socket: targets, listen addresses, URLs, header names.
#include <doctest/doctest.h>

#include "net/client/exchange.hpp"
#include "net/client/url.hpp"
#include "net/io/endpoint.hpp"
#include "net/io/message.hpp"
#include "net/server/target.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace std::string_literals;

TEST_CASE("a request's target") {
  struct Row {
    std::string target, path, query;  // no path: refused
  };
  const Row rows[] = {
      {"/", "/", ""},
      {"/a/b?x=1&y=%41", "/a/b", "x=1&y=%41"},
      {"/a%20b%2Fc+d", "/a b/c+d", ""},
      {"/%2541", "/%41", ""},
      {"/a?b?c", "/a", "b?c"},
      {"/?", "/", ""},
      {"*", "*", ""},
      {"http://host:80/a?b", "/a", "b"},
      {"HTTPS://host", "/", ""},
      {"http://host?q", "/", "q"},
      {"/%", "", ""},
      {"/%4", "", ""},
      {"/%zz", "", ""},
      {"/a%00b", "", ""},
      {"/a#b", "", ""},
      {"host:443", "", ""},
      {"a/b", "", ""},
      {"", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.target);
    const auto got = parse_target(row.target);
    REQUIRE(got.has_value() == !row.path.empty());
    if (!got) continue;
    CHECK(got->path == row.path);
    CHECK(got->query == row.query);
  }
}

TEST_CASE("a listen address") {
  CHECK(parse_listen("127.0.0.1:8080")->port() == 8080);
  CHECK(parse_listen("[::1]:0")->address().to_string() == "::1");
  CHECK(parse_listen("0.0.0.0:65535")->port() == 65535);
  for (const auto* bad : {"", ":8080", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:80x", "::1:80",
                          "[127.0.0.1]:80", "localhost:80", "[::1]", "127.0.0.1:-1"}) {
    CAPTURE(bad);
    const auto got = parse_listen(bad);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().fault == Fault::invalid);
    CHECK(got.error().message.contains("127.0.0.1:8080 or [::1]:8080"));
  }
}

TEST_CASE("a URL to call") {
  struct Row {
    std::string url, peer, authority, target;  // no peer: refused
  };
  const Row rows[] = {
      {"https://slack.example/api/x", "slack.example:443", "slack.example", "/api/x"},
      {"HTTP://Host", "host:80", "host", "/"},
      {"http://host:8080?q=1#f", "host:8080", "host:8080", "/?q=1"},
      {"https://[::1]:8443/", "[::1]:8443", "[::1]:8443", "/"},
      {"https://[::1]", "[::1]:443", "[::1]", "/"},
      {"ftp://host/", "", "", ""},
      {"host/path", "", "", ""},
      {"https://", "", "", ""},
      {"https://user@host/", "", "", ""},
      {"https://host:0/", "", "", ""},
      {"https://host:99999/", "", "", ""},
      {"https://host:/", "", "", ""},
      {"https://[::1/", "", "", ""},
      {"https://[::1]x/", "", "", ""},
      {"https://ho st/", "", "", ""},
      {"https://host/a b", "", "", ""},
      {"https://host/a\r\nX: y", "", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.url);
    const auto got = parse_url(row.url);
    REQUIRE(got.has_value() == !row.peer.empty());
    if (!got) continue;
    CHECK(got->peer() == row.peer);
    CHECK(got->authority() == row.authority);
    CHECK(got->target == row.target);
  }
}

TEST_CASE("a request's head") {
  const auto url = *parse_url("https://h/p");
  CHECK(*request_head(url, {.method = "POST", .url = "", .headers = {{"A", "b"}, {"host", "other"}}, .body = "xyz"}) ==
        "POST /p HTTP/1.1\r\nHost: h\r\nUser-Agent: countersign\r\nContent-Length: 3\r\nA: b\r\n\r\n");
  CHECK(*request_head(url, {.method = "GET", .url = "", .headers = {{"user-agent", "me"}}}) ==
        "GET /p HTTP/1.1\r\nHost: h\r\nuser-agent: me\r\n\r\n");
  CHECK_FALSE(request_head(url, {.method = "GET", .url = "", .headers = {{"A", "b\r\nC: d"}}}).has_value());
  CHECK_FALSE(request_head(url, {.method = "GET", .url = "", .headers = {{"A", "b\0c"s}}}).has_value());
  CHECK_FALSE(request_head(url, {.method = "GET", .url = "", .headers = {{"A b", "c"}}}).has_value());
  CHECK_FALSE(request_head(url, {.method = "GET /x", .url = ""}).has_value());
}

TEST_CASE("headers are found by name in any case, the first one") {
  const Headers headers{{"A", "1"}, {"content-TYPE", "x"}, {"Content-Type", "y"}};
  CHECK(header(headers, "Content-Type") == "x");
  CHECK(header(headers, "content").empty());
}
