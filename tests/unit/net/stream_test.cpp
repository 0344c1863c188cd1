// Listeners for what only sends, on real sockets: bounds, waiting senders, stops, and datagrams the kernel dropped.
#include "net/stream.hpp"

#include <doctest/doctest.h>

#include <mutex>
#include <vector>

#include "net/datagram.hpp"
#include "serving.hpp"

using namespace countersign;
using namespace countersign::net;
using namespace countersign::net::testing;

namespace {

/// Notes what came; goes on at once, or when it is told to.
class Noting final : public StreamHandler {
 public:
  struct Reader final : StreamReader {
    explicit Reader(Noting& all) : all_(all) {}
    void received(std::string_view bytes, GoOn go_on) override {
      const std::lock_guard lock(all_.mutex_);
      all_.bytes_ += bytes;
      if (all_.hold_)
        all_.held_.push_back(std::move(go_on));
      else
        go_on();
    }
    void ended() override {
      const std::lock_guard lock(all_.mutex_);
      ++all_.ended_;
    }
    Noting& all_;
  };

  std::unique_ptr<StreamReader> connected(const StreamPeer& peer) override {
    const std::lock_guard lock(mutex_);
    ++connected_;
    address_ = peer.address;
    return welcome_ ? std::make_unique<Reader>(*this) : nullptr;
  }
  void turned_away(std::string_view, std::string_view why) override {
    const std::lock_guard lock(mutex_);
    turned_away_.emplace_back(why);
  }
  std::vector<std::string> turned_away() {
    const std::lock_guard lock(mutex_);
    return turned_away_;
  }

  std::mutex mutex_;
  std::string bytes_, address_;
  std::vector<std::string> turned_away_;
  std::vector<GoOn> held_;
  int connected_ = 0, ended_ = 0;
  bool hold_ = false, welcome_ = true;
};

/// Looks until `condition` holds, or ten seconds are over.
template <typename Condition>
bool soon(Noting& noting, Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    {
      const std::lock_guard lock(noting.mutex_);
      if (condition()) return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

struct Listening {
  explicit Listening(StreamLimits limits = {}) {
    listener = running.on_loop([&] {
      auto opened = StreamListener::open(running.loop(), noting,
                                         {.name = "[syslog.test]", .listen = "127.0.0.1:0", .limits = limits});
      REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
      return std::move(*opened);
    });
  }
  ~Listening() {
    running.on_loop([&] {
      noting.held_.clear();
      listener.reset();
    });
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  Peer connect() const { return Peer::connect(listener->port()); }

  RunningLoop running;
  Noting noting;
  std::unique_ptr<StreamListener> listener;
};

}  // namespace

TEST_CASE("what is sent arrives, in order") {
  Listening here;
  auto peer = here.connect();
  peer.send("one ");
  peer.send("two");
  peer.finish_sending();
  CHECK(soon(here.noting, [&] { return here.noting.ended_ == 1; }));
  CHECK(here.noting.bytes_ == "one two");
  CHECK(here.noting.address_ == "127.0.0.1");
}

TEST_CASE("a sender waits for its reader") {
  Listening here;
  here.noting.hold_ = true;
  auto peer = here.connect();
  std::jthread sending([&] { peer.send(std::string(20'000'000, 'x')); });
  REQUIRE(soon(here.noting, [&] { return here.noting.held_.size() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  {
    const std::lock_guard lock(here.noting.mutex_);
    CHECK(here.noting.bytes_.size() <= 16 * 1024);
    here.noting.hold_ = false;
  }
  here.running.on_loop([&] {
    auto held = std::move(here.noting.held_);
    held.front()();
  });
  CHECK(soon(here.noting, [&] { return here.noting.bytes_.size() == 20'000'000; }));
}

TEST_CASE("a reader that does not go on ends the connection") {
  Listening here;
  here.noting.hold_ = true;
  auto peer = here.connect();
  peer.send("x");
  REQUIRE(soon(here.noting, [&] { return here.noting.held_.size() == 1; }));
  here.running.on_loop([&] { here.noting.held_.clear(); });
  CHECK(peer.ends());
}

TEST_CASE("bounds: connections, those of one address, silence, the unwelcome") {
  SUBCASE("of one address") {
    Listening here({.connections = 8, .connections_per_peer = 2});
    auto first = here.connect(), second = here.connect(), third = here.connect();
    CHECK(third.ends());
    CHECK(here.noting.turned_away() == std::vector<std::string>{"it has as many connections as one may"});
    first.close();
    CHECK(soon(here.noting, [&] { return here.noting.ended_ == 1; }));
    auto fourth = here.connect();
    fourth.send("x");
    CHECK(soon(here.noting, [&] { return here.noting.bytes_ == "x"; }));
  }
  SUBCASE("of all") {
    Listening here({.connections = 1});
    auto first = here.connect(), second = here.connect();
    CHECK(second.ends());
    CHECK(here.noting.turned_away() == std::vector<std::string>{"there are as many connections as are allowed"});
  }
  SUBCASE("silence") {
    Listening here({.idle_time = std::chrono::milliseconds(50)});
    auto peer = here.connect();
    CHECK(peer.ends());
    CHECK(here.noting.turned_away() == std::vector<std::string>{"nothing came for longer than idle_time"});
  }
  SUBCASE("the unwelcome") {
    Listening here;
    here.noting.welcome_ = false;
    auto peer = here.connect();
    CHECK(peer.ends());
  }
}

TEST_CASE("a stop takes what has arrived and ends what is idle") {
  Listening here;
  auto idle = here.connect();
  auto busy = here.connect();
  here.noting.hold_ = true;
  busy.send("one");
  REQUIRE(soon(here.noting, [&] { return here.noting.held_.size() == 1 && here.noting.connected_ == 2; }));
  busy.send(" two");  // in the kernel, since nobody reads
  std::promise<void> stopped;
  here.running.on_loop([&] {
    here.listener->stop(std::chrono::seconds(5), [&] { stopped.set_value(); });
    here.noting.hold_ = false;
  });
  CHECK(idle.ends());
  here.running.on_loop([&] {
    auto held = std::move(here.noting.held_);
    held.front()();
  });
  CHECK(stopped.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(here.noting.bytes_ == "one two");
  CHECK_FALSE(here.connect().open());
}

namespace {

class Taking final : public DatagramHandler {
 public:
  bool received(std::string_view bytes, std::string_view) override {
    taken += bytes.size();
    ++count;
    return take;
  }
  std::atomic<std::size_t> taken = 0, count = 0;
  std::atomic<bool> take = true;
};

}  // namespace

TEST_CASE("datagrams: what nobody takes waits, what the kernel drops is counted") {
  RunningLoop running;
  Taking taking;
  taking.take = false;
  auto listener = running.on_loop([&] {
    auto opened = DatagramListener::open(running.loop(), taking,
                                         {.name = "[syslog.test]", .listen = "127.0.0.1:0", .receive_buffer = 16'384});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    return std::move(*opened);
  });
  const int sender = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(listener->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr std::size_t sent = 1000;
  const std::string message(500, 'x');
  for (std::size_t i = 0; i < sent; ++i)
    CHECK(::sendto(sender, message.data(), message.size(), 0,
                   static_cast<const sockaddr*>(static_cast<const void*>(&to)), sizeof to) == 500);
  ::close(sender);
  taking.take = true;
  const auto dropped = running.on_loop([&] {
    listener->resume();
    return listener->dropped();
  });
  CHECK(dropped > 0);
  for (int i = 0; i < 1000 && taking.count + dropped < sent; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(taking.count + dropped == sent);
  CHECK(taking.taken == taking.count * 500);
  running.on_loop([&] { listener.reset(); });
}

TEST_CASE("addresses that can't be listened on name their key and the mend") {
  RunningLoop running;
  Noting noting;
  const auto refused = running.on_loop([&] {
    return StreamListener::open(running.loop(), noting, {.name = "[syslog.test]", .listen = "192.0.2.1:0"}).error();
  });
  CHECK(refused.message == "this machine has no address 192.0.2.1; change [syslog.test] listen");
  CHECK_FALSE(check_listen("localhost"));
  CHECK(check_listen("[::]:514"));
}
