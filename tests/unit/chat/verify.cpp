#include "chat/slack/verify.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace countersign;
using namespace countersign::chat::slack;

namespace {

// The worked example of https://api.slack.com/authentication/verifying-requests-from-slack.
const std::string documented_secret = "8f742231b10e8888abcd99yyyzzz85a5";
const std::string documented_time = "1531420618";
const std::string documented_body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const std::string documented_signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

Timestamp at(std::int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("Slack's documented example signs and verifies") {
  const Secret secret(documented_secret);
  CHECK(sign(secret, documented_time, documented_body) == documented_signature);
  CHECK(verify(secret, documented_time, documented_body, documented_signature, at(1531420618)));
}

TEST_CASE("what verifies and what doesn't") {
  const std::int64_t sent = 1531420618;
  struct {
    const char* what;
    std::string secret, time, body, signature;
    std::int64_t now;
    bool good;
  } const rows[] = {
      {"as sent", documented_secret, documented_time, documented_body, documented_signature, sent, true},
      {"five minutes later", documented_secret, documented_time, documented_body, documented_signature, sent + 300,
       true},
      {"five minutes early", documented_secret, documented_time, documented_body, documented_signature, sent - 300,
       true},
      {"a second too late", documented_secret, documented_time, documented_body, documented_signature, sent + 301,
       false},
      {"a second too early", documented_secret, documented_time, documented_body, documented_signature, sent - 301,
       false},
      {"another secret", "other", documented_time, documented_body, documented_signature, sent, false},
      {"no secret", "", documented_time, documented_body, documented_signature, sent, false},
      {"another second", documented_secret, "1531420619", documented_body, documented_signature, sent, false},
      {"a byte more", documented_secret, documented_time, documented_body + "&", documented_signature, sent, false},
      {"empty body", documented_secret, documented_time, "", documented_signature, sent, false},
      {"no signature", documented_secret, documented_time, documented_body, "", sent, false},
      {"cut signature", documented_secret, documented_time, documented_body, documented_signature.substr(0, 66), sent,
       false},
      {"upper case", documented_secret, documented_time, documented_body,
       "v0=A2114D57B48EAC39B9AD189DD8316235A7B4A8D21A10BD27519666489C69B503", sent, false},
      {"version 1", documented_secret, documented_time, documented_body, "v1" + documented_signature.substr(2), sent,
       false},
      {"no time", documented_secret, "", documented_body, documented_signature, sent, false},
      {"time with a sign", documented_secret, "+1531420618", documented_body, documented_signature, sent, false},
      {"time with a blank", documented_secret, " 1531420618", documented_body, documented_signature, sent, false},
      {"time with a fraction", documented_secret, "1531420618.0", documented_body, documented_signature, sent, false},
      {"negative time", documented_secret, "-1531420618", documented_body, documented_signature, sent, false},
      {"time beyond numbers", documented_secret, "99999999999999999999", documented_body, documented_signature, sent,
       false},
      {"the far future", documented_secret, "99999999999", documented_body, documented_signature, sent, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto result = verify(Secret(row.secret), row.time, row.body, row.signature, at(row.now));
    CHECK(result.has_value() == row.good);
    if (!result) CHECK(result.error().fault == Fault::unauthorized);
  }
}

TEST_CASE("a right signature under a wrong time is refused, and so is nothing under an empty secret") {
  const Secret secret("s");
  for (const auto* time : {"1531420000", "1531421000"})
    CHECK_FALSE(verify(secret, time, "payload=x", sign(secret, time, "payload=x"), at(1531420618)));
  CHECK_FALSE(verify(Secret(), "1531420618", "x", sign(Secret(), "1531420618", "x"), at(1531420618)));
}
