#include "crypto/digest.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "base/encoding.hpp"

namespace countersign::crypto {
namespace {

TEST_CASE("SHA-256, FIPS 180-4's examples") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(std::string(1'000'000, 'a'))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("HMAC-SHA-256, RFC 4231 section 4") {
  const std::string counting = *from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819");
  const std::string long_key(131, '\xaa');
  const struct {
    std::string key;
    std::string text;
    std::string_view digest;
  } table[] = {
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {long_key,
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& row : table)
    CHECK(to_hex(hmac_sha256(Secret(row.key), row.text)) == row.digest);
  // RFC 4231 section 4.6 gives the first 128 bits.
  CHECK(to_hex(hmac_sha256(Secret(std::string(20, '\x0c')), "Test With Truncation")).substr(0, 32) ==
        "a3b6167473100ee06e0c796c2955552b");
}

TEST_CASE("an empty key or text still has a digest") {
  CHECK(to_hex(hmac_sha256(Secret(), "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("comparison in constant time says what == says") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  CHECK_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  CHECK_FALSE(equal_in_constant_time("a", "ab"));
  CHECK_FALSE(equal_in_constant_time("", "a"));
}

TEST_CASE("digests are made by several threads at once") {
  std::vector<std::thread> threads;
  std::vector<std::string> digests(8);
  for (auto& digest : digests)
    threads.emplace_back([&digest] {
      for (int i = 0; i < 200; ++i)
        digest = sha256("abc") + hmac_sha256(Secret("key"), "abc");
    });
  for (auto& thread : threads)
    thread.join();
  for (const auto& digest : digests)
    CHECK(digest == digests.front());
}

}  // namespace
}  // namespace countersign::crypto
