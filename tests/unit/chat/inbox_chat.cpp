#include "chat/inbox/inbox_chat.hpp"

#include <doctest/doctest.h>

#include "unit/chat/messages.hpp"

using namespace countersign;

TEST_CASE("the inbox knows every configured person and delivers at once") {
  core::Directory::Entries entries;
  entries.people.push_back({"Oswaldo", "", "", {}, {}, {}});
  const core::Directory directory(std::move(entries));
  chat::InboxChat inbox;
  CHECK(inbox.address(directory, "Oswaldo") == "Oswaldo");
  CHECK(inbox.address(directory, "security_channel") == "security_channel");
  CHECK_FALSE(inbox.address(directory, "Mallory"));
  bool delivered = false;
  inbox.deliver(test::asked(), [&](auto outcome) {
    REQUIRE(outcome.has_value());
    CHECK(outcome->channel == "inbox");
    CHECK(outcome->message == to_text(Id{7}));
    delivered = true;
  });
  CHECK(delivered);
}
