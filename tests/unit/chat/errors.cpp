#include "chat/slack/errors.hpp"

#include <doctest/doctest.h>

using namespace countersign;
using namespace countersign::chat::slack;
using Kind = app::Undelivered::Kind;

TEST_CASE("Slack's errors by class") {
  struct {
    const char* error;
    Kind kind;
    bool gone = false;
  } const rows[] = {
      {"ratelimited", Kind::wait},
      {"rate_limited", Kind::wait},
      {"fatal_error", Kind::unclear},
      {"internal_error", Kind::unclear},
      {"not_authed", Kind::stop},
      {"invalid_auth", Kind::stop},
      {"token_revoked", Kind::stop},
      {"token_expired", Kind::stop},
      {"account_inactive", Kind::stop},
      {"missing_scope", Kind::stop},
      {"no_permission", Kind::stop},
      {"request_timeout", Kind::unclear},
      {"service_unavailable", Kind::unclear},
      {"is_inactive", Kind::bad_target},
      {"user_not_in_channel", Kind::bad_target},
      {"user_not_visible", Kind::bad_target},
      {"restricted_action_thread_only_channel", Kind::bad_target},
      {"invalid_blocks_format", Kind::our_bug},
      {"msg_too_long", Kind::our_bug},
      {"metadata_too_large", Kind::our_bug},
      {"invalid_json", Kind::our_bug},
      {"channel_not_found", Kind::bad_target},
      {"not_in_channel", Kind::bad_target},
      {"is_archived", Kind::bad_target},
      {"restricted_action", Kind::bad_target},
      {"restricted_action_read_only_channel", Kind::bad_target},
      {"users_not_found", Kind::bad_target},
      {"user_not_found", Kind::bad_target},
      {"cannot_dm_bot", Kind::bad_target},
      {"user_disabled", Kind::bad_target},
      {"messages_tab_disabled", Kind::bad_target},
      {"invalid_blocks", Kind::our_bug},
      {"msg_blocks_too_long", Kind::our_bug},
      {"no_text", Kind::our_bug},
      {"invalid_arguments", Kind::our_bug},
      {"message_not_found", Kind::retry, true},
      {"cant_update_message", Kind::retry, true},
      {"edit_window_closed", Kind::retry, true},
      {"something_new", Kind::retry},
      {"", Kind::retry},
  };
  for (const auto& row : rows) {
    CAPTURE(row.error);
    const auto out = refusal(std::string_view(row.error));
    CHECK(out.undelivered.kind == row.kind);
    CHECK(out.gone == row.gone);
    CHECK(out.error == row.error);
    CHECK(out.undelivered.why.starts_with("slack: "));
  }
  CHECK(refusal(std::string_view("something_new")).undelivered.retry_after);
  CHECK(refusal(std::string_view("invalid_auth")).undelivered.why == "slack: invalid_auth: check [slack] bot_token");
  CHECK(refusal(std::string(50'000, 'x')).undelivered.why.size() < 200);
}

TEST_CASE("replies by status and body") {
  const auto json = [](std::string body) { return net::Response{200, {}, std::move(body)}; };
  struct {
    const char* what;
    net::Response reply;
    Kind kind;
    std::optional<Duration> after = {};
  } const rows[] = {
      {"429", {429, {{"retry-after", "7"}}, ""}, Kind::wait, std::chrono::seconds(7)},
      {"429 without a time",
       {429, {}, "{\"ok\":false,\"error\":\"ratelimited\"}"},
       Kind::wait,
       std::chrono::seconds(10)},
      {"429 with nonsense", {429, {{"Retry-After", "soon"}}, ""}, Kind::wait, std::chrono::seconds(10)},
      {"429 for ever", {429, {{"Retry-After", "999999999999"}}, ""}, Kind::wait, std::chrono::hours(1)},
      {"500", {500, {}, "oops"}, Kind::unclear},
      {"503 with Slack's word", {503, {}, "{\"ok\":false,\"error\":\"invalid_auth\"}"}, Kind::unclear},
      {"redirect", {302, {{"Location", "https://evil.example"}}, ""}, Kind::retry, std::chrono::minutes(1)},
      {"404", {404, {}, "nothing"}, Kind::retry, std::chrono::minutes(1)},
      {"403 with Slack's word", {403, {}, "{\"ok\":false,\"error\":\"invalid_auth\"}"}, Kind::stop},
      {"refused", json("{\"ok\":false,\"error\":\"is_archived\"}"), Kind::bad_target},
      {"refused without a word", json("{\"ok\":false}"), Kind::retry, std::chrono::minutes(1)},
      {"ok is no boolean", json("{\"ok\":1}"), Kind::unclear},
      {"no ok", json("{}"), Kind::unclear},
      {"an array", json("[]"), Kind::unclear},
      {"a page", json("<html>"), Kind::unclear},
      {"cut", json("{\"ok\":tr"), Kind::unclear},
      {"empty", json(""), Kind::unclear},
      {"too deep", json("{\"ok\":true,\"x\":" + std::string(100'000, '[')), Kind::unclear},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    const auto out = read_reply(row.reply);
    REQUIRE_FALSE(out.has_value());
    CHECK(out.error().undelivered.kind == row.kind);
    CHECK(out.error().undelivered.retry_after == row.after);
  }
  CHECK(read_reply(json("{\"ok\":true,\"ts\":\"1.2\"}")).value()["ts"] == "1.2");
  CHECK(read_reply(json(R"({"ok":false,"error":"missing_scope","needed":"im:history"})")).error().undelivered.why ==
        "slack: missing_scope: add the scope to the app and install it again (it needs im:history)");
}

TEST_CASE("a call that was never sent is retried, one that may have been is unclear") {
  CHECK(refusal(net::ClientFailure{net::Sent::no, "refused"}).undelivered.kind == Kind::retry);
  CHECK(refusal(net::ClientFailure{net::Sent::maybe, "timed out"}).undelivered.kind == Kind::unclear);
}
