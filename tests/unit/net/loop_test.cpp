#include "net/loop.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

using namespace countersign;

TEST_CASE("a watched descriptor calls for each thing it has to read, until it is unwatched") {
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
  net::Loop loop;
  std::string got;
  const auto send = [&](char letter) { CHECK(::send(pair[1], &letter, 1, 0) == 1); };
  send('a');
  send('b');  // both wait before the first look; one is read a call
  loop.watch(pair[0], [&] {
    char letter = 0;
    CHECK(::recv(pair[0], &letter, 1, 0) == 1);
    got += letter;
    if (letter == 'b') loop.after(std::chrono::milliseconds(5), [&] { send('c'); });
    if (letter != 'c') return;
    loop.unwatch(pair[0]);
    send('d');
    loop.after(std::chrono::milliseconds(20), [&] { loop.stop(); });
  });
  loop.run();
  CHECK(got == "abc");
  ::close(pair[0]);
  ::close(pair[1]);
}
