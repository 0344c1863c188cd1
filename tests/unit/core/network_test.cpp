#include "core/network.hpp"

#include <doctest/doctest.h>

using namespace countersign::core;

TEST_CASE("networks contain what they say") {
  const struct {
    const char *network, *address;
    bool inside;
  } table[] = {
      {"10.0.0.0/8", "10.255.0.1", true},      {"10.0.0.0/8", "11.0.0.1", false},
      {"10.1.2.3/8", "10.9.9.9", true},  // host bits are cleared
      {"203.0.113.7", "203.0.113.7", true},    {"203.0.113.7", "203.0.113.8", false},
      {"0.0.0.0/0", "198.51.100.1", true},     {"0.0.0.0/0", "2001:db8::1", false},
      {"::/0", "2001:db8::1", true},           {"2001:db8::/32", "2001:db8:ffff::9", true},
      {"2001:db8::/32", "2001:db9::9", false}, {"203.0.113.0/24", "::ffff:203.0.113.9", true},
      {"fe80::/10", "fe80::1%eth0", true},     {"10.0.0.0/9", "10.128.0.0", false},
      {"10.0.0.0/8", "UNKNOWN", false},        {"10.0.0.0/8", "", false},
      {"10.0.0.0/8", "10.0.0.1.2", false},
  };
  for (const auto& row : table) {
    CAPTURE(row.network);
    CAPTURE(row.address);
    const auto network = Network::parse(row.network);
    REQUIRE(network);
    CHECK(network->contains(row.address) == row.inside);
  }
}

TEST_CASE("what is no network is refused with words") {
  for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "::1/129", "web1", "10.0.0.0/8x",
                           "1111111111111111111111111111111111111111111111111111111"}) {
    CAPTURE(text);
    const auto network = Network::parse(text);
    REQUIRE_FALSE(network);
    CHECK(network.error().message.find(text) != std::string::npos);
  }
}

TEST_CASE("networks and neighbourhoods are written as people write them") {
  CHECK(Network::parse("10.1.2.3/8")->text() == "10.0.0.0/8");
  CHECK(Network::parse("2001:db8::1")->text() == "2001:db8::1/128");
  CHECK(neighbourhood("203.0.113.7") == "203.0.113.0/24");
  CHECK(neighbourhood("2001:db8:1:2::3") == "2001:db8:1::/48");
  CHECK(neighbourhood("bastion.test") == "bastion.test");
}
