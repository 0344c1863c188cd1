// TLS on both ends: who is trusted and who is not.
#include "calling.hpp"
#include "certificate.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;
using namespace std::chrono_literals;

namespace {

ServerOptions with(const Certificate& certificate, ServerLimits limits = {}) {
  return {.listen = "127.0.0.1:0",
          .tls_certificate = certificate.certificate(),
          .tls_private_key = certificate.key_file(),
          .limits = limits};
}

}  // namespace

TEST_CASE("the right name from a known CA, by address and by name, with reuse") {
  const Certificate certificate("DNS:localhost,IP:127.0.0.1");
  Serving serving(tell, with(certificate));
  CHECK(serving.url().starts_with("https://127.0.0.1:"));
  Calling calling({.ca_file = certificate.certificate()});
  const std::string large(300'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto got = calling.post(serving.url() + "/p", large);
    REQUIRE_MESSAGE(got.has_value(), got.error().message);
    CHECK(got->body == "POST /p ? [300000]");
  }
  CHECK(serving.counters().accepted == 1);
  const auto by_name = calling.post("https://localhost" + serving.url().substr(serving.url().rfind(':')) + "/p");
  REQUIRE_MESSAGE(by_name.has_value(), by_name.error().message);
}

TEST_CASE("the wrong name and the unknown CA are refused before anything is sent") {
  const Certificate other("DNS:other.test,IP:127.0.0.2");
  Serving serving(tell, with(other));
  Calling knows({.ca_file = other.certificate()});
  check_failure(knows.post(serving.url()), Sent::no, "IP address mismatch");
  check_failure(knows.post("https://localhost" + serving.url().substr(serving.url().rfind(':'))), Sent::no,
                "ostname mismatch");
  const Certificate good("IP:127.0.0.1");
  Serving unknown(tell, with(good));
  Calling system;
  check_failure(system.post(unknown.url()), Sent::no, "self-signed certificate");
  Calling knows_another({.ca_file = other.certificate()});
  check_failure(knows_another.post(unknown.url()), Sent::no, "certificate is refused");
  CHECK(serving.counters().requests == 0);
  CHECK(unknown.counters().requests == 0);
}

TEST_CASE("plain text to a TLS port, TLS to a plain port") {
  const Certificate certificate("IP:127.0.0.1");
  Serving secure(tell, with(certificate));
  CHECK_FALSE(secure.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP"));
  Serving plain;
  Calling calling;
  check_failure(calling.post("https" + plain.url().substr(4)), Sent::no, "connect to 127.0.0.1:");
}

TEST_CASE("a slow handshake is cut") {
  const Certificate certificate("IP:127.0.0.1");
  Serving serving(tell, with(certificate, {.header_time = 100ms}));
  auto peer = serving.connect();
  peer.send("\x16\x03\x01");
  CHECK(peer.ends());
}

TEST_CASE("an idle TLS connection is closed at a stop") {
  const Certificate certificate("IP:127.0.0.1");
  std::promise<void> stopped;  // before the loop: it must outlive the call that keeps it
  Serving serving(tell, with(certificate));
  Calling calling({.ca_file = certificate.certificate()});
  CHECK(calling.post(serving.url()).has_value());
  serving.running().on_loop([&] { serving.server().stop(10s, [&] { stopped.set_value(); }); });
  CHECK(stopped.get_future().wait_for(5s) == std::future_status::ready);
}

TEST_CASE("a key that isn't the certificate's, a CA file that is none") {
  const Certificate one("IP:127.0.0.1");
  const Certificate two("IP:127.0.0.1");
  Loop loop;
  Answering handler(tell);
  const auto opened =
      Server::open(loop, handler,
                   {.listen = "127.0.0.1:0", .tls_certificate = one.certificate(), .tls_private_key = two.key_file()});
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message.starts_with("tls_private_key " + two.key_file()));
  CHECK_THROWS_AS(Client::open(loop, {.ca_file = "/nowhere.pem"}), std::runtime_error);
}
