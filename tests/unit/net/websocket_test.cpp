// The websocket client against raw servers that speak, lie, stall, fall silent and leave.
#include "net/websocket.hpp"

#include <openssl/ssl.h>

#include <deque>

#include "certificate.hpp"
#include "serving.hpp"
#include "websocket_peer.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;
using namespace std::chrono_literals;

namespace {

WebSocketPeer::Bytes over(Peer& peer) {
  return {[&peer](std::size_t count) { return peer.read_bytes(count); },
          [&peer](std::string_view bytes) { peer.send(bytes); }};
}

/// What a server does with its one connection.
Script::Act serving_socket(std::function<void(WebSocketPeer&)> act) {
  return [act = std::move(act)](Peer& peer) {
    WebSocketPeer socket(over(peer));
    socket.accept();
    act(socket);
  };
}

/// One connection on its loop, with what it told so far.
class Dialled {
 public:
  explicit Dialled(const std::string& url, WebSocketOptions options = {}) {
    running_.on_loop([&] {
      client_ = WebSocketClient::open(running_.loop(), options);
      socket_ = client_->connect(url, {.on_open = [this] { note(opened_, true); },
                                       .on_text = [this](std::string text) { texts(std::move(text)); },
                                       .on_closed =
                                           [this](std::string why) {
                                             ++closings_;
                                             note(closed_, std::move(why));
                                           }});
    });
  }
  Dialled(const Dialled&) = delete;
  Dialled& operator=(const Dialled&) = delete;
  ~Dialled() { destroy(); }

  void destroy() {
    running_.on_loop([&] {
      socket_.reset();
      client_.reset();
    });
  }
  bool send(std::string text) {
    return running_.on_loop([&] { return socket_->send_text(std::move(text)); });
  }
  void close() {
    running_.on_loop([&] { socket_->close(); });
  }
  bool opens() {
    return wait([&] { return opened_; });
  }
  std::string text() {
    std::string out;
    if (wait([&] { return !texts_.empty(); })) {
      const std::lock_guard lock(mutex_);
      out = std::move(texts_.front());
      texts_.pop_front();
    }
    return out;
  }
  std::string why() {
    wait([&] { return !closed_.empty(); });
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  int closings() {
    return running_.on_loop([&] { return closings_; });
  }

 private:
  template <typename T>
  void note(T& into, T value) {
    const std::lock_guard lock(mutex_);
    into = std::move(value);
    changed_.notify_all();
  }
  void texts(std::string text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(text));
    changed_.notify_all();
  }
  template <typename Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool opened_ = false;
  std::deque<std::string> texts_;
  std::string closed_;
  int closings_ = 0;
  RunningLoop running_;
  std::unique_ptr<WebSocketClient> client_;
  std::unique_ptr<WebSocket> socket_;
};

std::string ws(const Script& script, std::string_view target = "/link?ticket=secret") {
  return "ws" + script.url(target).substr(4);
}

void check_ended(Dialled& dialled, std::string_view why) {
  CHECK_MESSAGE(dialled.why().contains(why), dialled.why());
  CHECK_FALSE(dialled.why().contains("secret"));
  CHECK(dialled.closings() == 1);
  CHECK_FALSE(dialled.send("late"));
}

}  // namespace

TEST_CASE("the upgrade, and texts both ways in order, masked") {
  std::string request;
  bool all_masked = true;
  Script script({[&](Peer& peer) {
    WebSocketPeer socket(over(peer));
    request = socket.accept();
    for (int i = 0; i < 3; ++i) {
      const auto frame = socket.read_past_pings();
      if (!frame) return;
      all_masked = all_masked && frame->masked && frame->opcode == WebSocketPeer::text;
      socket.send(WebSocketPeer::binary, "not handed on");
      socket.send(WebSocketPeer::text, frame->payload);
    }
    socket.read();
  }});
  Dialled dialled(ws(script));
  REQUIRE(dialled.opens());
  const std::string sent[] = {"one", std::string(300'000, 'x'), "\xC3\xA4"};
  for (const auto& text : sent)
    CHECK(dialled.send(text));
  for (const auto& text : sent)
    CHECK(dialled.text() == text);
  dialled.destroy();
  CHECK(request.starts_with("GET /link?ticket=secret HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(request.contains("\r\nUser-Agent: countersign\r\n"));
  CHECK_FALSE(request.contains("Sec-WebSocket-Extensions"));
  CHECK(all_masked);
}

TEST_CASE("how it ends, and that it says so once") {
  struct Row {
    const char* name;
    Script::Act act;
    const char* why;
  };
  const auto raw = [](std::string answer) {
    return [answer = std::move(answer)](Peer& peer) {
      peer.read_until("\r\n\r\n");
      peer.send(answer);
    };
  };
  const Row rows[] = {
      {"a goodbye with words", serving_socket([](WebSocketPeer& socket) {
         socket.send(WebSocketPeer::close, "\x03\xE9going\naway");
         socket.read();
       }),
       "closed by the peer: 1001 going\xEF\xBF\xBD"
       "away"},
      {"a goodbye without words", serving_socket([](WebSocketPeer& socket) { socket.send(WebSocketPeer::close, ""); }),
       "closed by the peer"},
      {"no goodbye", serving_socket([](WebSocketPeer&) {}), "End of file"},
      {"a reset",
       [](Peer& peer) {
         WebSocketPeer(over(peer)).accept();
         peer.reset();
       },
       "Connection reset"},
      {"over the bound", serving_socket([](WebSocketPeer& socket) {
         socket.send(WebSocketPeer::text, std::string(1001, 'x'));
         socket.read();
       }),
       "a message is over 1000 bytes"},
      {"no UTF-8", serving_socket([](WebSocketPeer& socket) {
         socket.send(WebSocketPeer::text, "\xFF\xFE");
         socket.read();
       }),
       "127.0.0.1:"},
      {"a reserved opcode", serving_socket([](WebSocketPeer& socket) {
         socket.send(3, "x");
         socket.read();
       }),
       "127.0.0.1:"},
      {"refused", raw("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"), "it answered HTTP 429"},
      {"no websocket", raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "it answered HTTP 200"},
      {"a wrong key",
       raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: bm8=\r\n\r\n"),
       "no websocket"},
      {"no HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "no websocket"},
      {"an endless header", raw("HTTP/1.1 101 Switching Protocols\r\nX: " + std::string(200'000, 'x')), "no websocket"},
      {"nothing", [](Peer&) {}, "127.0.0.1:"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    Script script({row.act});
    Dialled dialled(ws(script), {.message_bytes = 1000});
    check_ended(dialled, row.why);
  }
}

TEST_CASE("URLs that are none, and nobody there") {
  for (const char* url :
       {"", "https://127.0.0.1/", "wss://", "ws://user@127.0.0.1/", "wss:/x", "ws://127.0.0.1:99999/"}) {
    CAPTURE(url);
    Dialled dialled(url);
    check_ended(dialled, "no wss:// URL");
  }
  Dialled dialled("ws://127.0.0.1:1/");
  check_ended(dialled, "connect to 127.0.0.1:1: ");
}

TEST_CASE("a silent peer is noticed, an idle one that answers pings is kept") {
  using Steady = std::chrono::steady_clock;
  std::atomic<int> pings = 0;
  Script idle({serving_socket([&](WebSocketPeer& socket) {
    while (pings < 5) {
      const auto frame = socket.read();
      if (!frame) return;
      if (frame->opcode == WebSocketPeer::ping) {
        socket.send(WebSocketPeer::pong, frame->payload);
        ++pings;
      }
    }
    socket.send(WebSocketPeer::text, "still here");
    socket.read();
  })});
  Dialled kept(ws(idle), {.dead_after = 200ms});
  CHECK(kept.text() == "still here");
  kept.destroy();

  Script silent({serving_socket([](WebSocketPeer& socket) {
    while (socket.read()) {  // reads, and never answers
    }
  })});
  Dialled dropped(ws(silent), {.dead_after = 200ms});
  REQUIRE(dropped.opens());
  const auto began = Steady::now();
  check_ended(dropped, "silent for too long");
  CHECK(Steady::now() - began < 5s);

  std::promise<void> over_with;
  Script stuck({serving_socket([&](WebSocketPeer&) { over_with.get_future().wait_for(10s); })});
  Dialled writing(ws(stuck), {.queue_bytes = 16 << 20, .dead_after = 200ms});
  REQUIRE(writing.opens());
  CHECK(writing.send(std::string(15 << 20, 'x')));  // more than the kernel takes from us
  check_ended(writing, "silent for too long");
  over_with.set_value();
}

TEST_CASE("the handshake has one limit, whatever it hangs at") {
  std::promise<void> over_with;
  const auto done = over_with.get_future().share();
  Script script({[done](Peer&) { done.wait_for(10s); }, [done](Peer&) { done.wait_for(10s); }});
  Dialled plain(ws(script), {.handshake_time = 200ms});
  check_ended(plain, "the handshake took too long");
  Dialled tls("wss" + script.url().substr(4), {.handshake_time = 200ms});
  check_ended(tls, "the handshake took too long");
  over_with.set_value();
}

TEST_CASE("the queue is bounded") {
  Script script({serving_socket([](WebSocketPeer& socket) {
    while (socket.read_past_pings()) {
    }
  })});
  Dialled dialled(ws(script), {.queue_bytes = 1000});
  REQUIRE(dialled.opens());
  CHECK_FALSE(dialled.send(std::string(1001, 'x')));
  CHECK(dialled.send(std::string(1000, 'x')));
}

TEST_CASE("closing: what is queued goes out first, a deaf peer is not waited for") {
  std::vector<std::string> heard;
  int said_goodbye = 0;
  {
    Script script({serving_socket([&](WebSocketPeer& socket) {
      while (const auto frame = socket.read_past_pings()) {
        if (frame->opcode == WebSocketPeer::close) {
          ++said_goodbye;
          socket.send(WebSocketPeer::close, frame->payload);
          socket.read();
          return;
        }
        heard.push_back(frame->payload);
      }
    })});
    Dialled dialled(ws(script));
    REQUIRE(dialled.opens());
    for (int i = 0; i < 100; ++i)
      CHECK(dialled.send(std::to_string(i)));
    dialled.close();
    CHECK_FALSE(dialled.send("after the goodbye"));
    check_ended(dialled, ": closed");
  }
  CHECK(heard.size() == 100);
  CHECK(said_goodbye == 1);

  std::promise<void> over_with;
  Script deaf({serving_socket([&](WebSocketPeer&) { over_with.get_future().wait_for(10s); })});
  Dialled dialled(ws(deaf), {.close_time = 100ms});
  REQUIRE(dialled.opens());
  dialled.close();
  dialled.close();
  check_ended(dialled, ": closed");
  over_with.set_value();

  Script slow({[](Peer& peer) { peer.read_to_end(); }});
  Dialled early(ws(slow));
  early.close();
  CHECK_FALSE(early.why().empty());
  CHECK(early.closings() == 1);
}

TEST_CASE("an owner may destroy it from within a callback") {
  Script script({serving_socket([](WebSocketPeer& socket) {
    for (int i = 0; i < 10; ++i)
      socket.send(WebSocketPeer::text, "x");
    socket.read();
  })});
  RunningLoop running;
  std::promise<void> told;
  int texts = 0;
  std::unique_ptr<WebSocketClient> client;
  std::unique_ptr<WebSocket> socket;
  running.on_loop([&] {
    client = WebSocketClient::open(running.loop(), {});
    socket = client->connect(ws(script), {.on_open = {},
                                          .on_text =
                                              [&](const std::string&) {
                                                ++texts;
                                                socket.reset();
                                                told.set_value();
                                              },
                                          .on_closed = [&](const std::string&) { texts += 100; }});
  });
  CHECK(told.get_future().wait_for(10s) == std::future_status::ready);
  running.on_loop([&] { client.reset(); });
  CHECK(running.on_loop([&] { return texts; }) == 1);
}

TEST_CASE("TLS: the right name from a known CA, and nobody else") {
  const Certificate certificate("DNS:localhost,IP:127.0.0.1");
  const Certificate other("IP:127.0.0.1");
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  REQUIRE(SSL_CTX_use_certificate_file(context.get(), certificate.certificate().c_str(), SSL_FILETYPE_PEM) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), certificate.key_file().c_str(), SSL_FILETYPE_PEM) == 1);
  const auto echo = [&](Peer& peer) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), peer.descriptor());
    if (SSL_accept(tls.get()) != 1) return;
    WebSocketPeer socket(
        {[&](std::size_t count) {
           std::string out(count, '\0');
           std::size_t got = 0;
           while (got < count) {
             const int more = SSL_read(tls.get(), out.data() + got, static_cast<int>(count - got));
             if (more <= 0) break;
             got += static_cast<std::size_t>(more);
           }
           out.resize(got);
           return out;
         },
         [&](std::string_view bytes) { SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size())); }});
    socket.accept();
    while (const auto frame = socket.read_past_pings()) {
      socket.send(frame->opcode, frame->payload);
      if (frame->opcode == WebSocketPeer::close) return;
    }
  };
  Script script({echo, echo, echo, echo});
  const auto port = script.url("").substr(script.url("").rfind(':'));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    Dialled dialled(fmt::format("wss://{}{}/", host, port), {.ca_file = certificate.certificate()});
    REQUIRE_MESSAGE(dialled.opens(), dialled.why());
    CHECK(dialled.send(std::string(100'000, 'x')));
    CHECK(dialled.text() == std::string(100'000, 'x'));
    dialled.close();
    check_ended(dialled, ": closed");
  }
  Dialled unknown("wss://127.0.0.1" + port + "/", {.ca_file = other.certificate()});
  check_ended(unknown, "its certificate is refused");
  Dialled system("wss://127.0.0.1" + port + "/");
  check_ended(system, "its certificate is refused");
  Loop loop;
  CHECK_THROWS_AS(WebSocketClient::open(loop, {.ca_file = "/nowhere.pem"}), std::runtime_error);
}
