#include "base/secret.hpp"

#include <doctest/doctest.h>

namespace countersign {
namespace {

TEST_CASE("a secret equals its own bytes and nothing else") {
  const Secret secret(std::string("hunter2\0x", 9));
  CHECK(secret.equals(std::string_view("hunter2\0x", 9)));
  for (const std::string_view offered : {"", "h", "hunter2", "hunter2xx", "Hunter2\0x", "hunter2 hunter2 hunter2"})
    CHECK_FALSE(secret.equals(offered));
  for (std::size_t i = 0; i < secret.reveal().size(); ++i) {
    std::string altered(secret.reveal());
    altered[i] = static_cast<char>(altered[i] ^ '\x80');
    CHECK_FALSE(secret.equals(altered));
  }
}

TEST_CASE("no secret admits nobody") {
  CHECK(Secret().empty());
  CHECK_FALSE(Secret().equals(""));
  CHECK_FALSE(Secret("").equals(""));
}

TEST_CASE("a moved-from secret is empty, its copies are not") {
  for (const std::string_view value : {"short", "a secret too long for a string's own buffer to hold it"}) {
    Secret first{std::string(value)};
    const Secret copy = first;
    const Secret moved = std::move(first);
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move): what is promised here
    CHECK(moved.equals(value));
    CHECK(copy.equals(value));

    Secret target("another secret, longer than the others by some characters");
    target = copy;
    CHECK(target.equals(value));
    Secret source = copy;
    target = std::move(source);
    CHECK(target.equals(value));
    CHECK(source.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
    const Secret& same = target;
    target = same;
    CHECK(target.equals(value));
  }
}

TEST_CASE("nothing of a short secret stays in the buffer it was moved from") {
  Secret first("0123456789");
  const char* const buffer = first.reveal().data();  // inside `first`, which lives on
  const Secret moved = std::move(first);
  for (int i = 0; i < 10; ++i)
    CHECK(buffer[i] == '\0');
  CHECK(moved.equals("0123456789"));
}

}  // namespace
}  // namespace countersign
