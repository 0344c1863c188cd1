// What starts all the same, and the operator will hardly have meant.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/time.hpp"
#include "unit/main/config_folder.hpp"

using namespace countersign;
using namespace countersign::cli;

TEST_CASE("what is allowed and will hardly be meant is warned of") {
  const std::string slack = "[slack]\nbot_token_file = \"token\"\nsigning_secret_file = \"token\"\n";
  const std::string service = "[[service_account]]\nunix_user = \"d\"\nnetworks = [\"10.0.0.0/8\"]\n";
  const std::string expected = "[[expected]]\nhost = \"web*\"\nreason = \"r\"\nauthor = \"a\"\n";
  const struct {
    std::string text;
    int line;
    std::string says;  // empty: nothing on that line
  } table[] = {
      {"[webhook.x]\nprovider = \"json\"\ntoken_file = \"token\"\nhosts = []", 4, "may speak for no host"},
      {"[syslog.x]\nlisten = \"127.0.0.1:514\"\nhosts = []", 3, "may speak for no host"},
      {slack + "security_channel = \"#security\"", 4, "'#security' is no Slack id"},
      {slack + "security_channel = \"C0SECURITY\"", 4, ""},
      {slack + "security_channel = \"C1\"\nsecurity_team = [\"U0ALICE\", \"alice\"]", 5, "'alice' is no Slack id"},
      {slack + "security_channel = \"U1\"", 4, "'U1' is no Slack id"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"a\"]\nslack_user = \"@bob\"", 4, "'@bob' is no Slack id"},
      {"[[person]]\nname = \"A\"\nunix_users = [\"a\"]\nslack_user = \"W012ABC\"", 4, ""},
      {"[[person]]\nname = \"A\"\nkey_fingerprints = [\"SHA256:xyz\"]", 3, "no key has it"},
      {"[[person]]\nname = \"A\"\nkey_fingerprints = [\"SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG\"]", 3, ""},
      {service + "review_by = 2026-01-31", 4, "the review of service account d is overdue"},
      {service + "review_by = 2026-11-20", 4, ""},
      {expected + "until = 2026-11-20T10:00:00Z", 5, "this expected change is over"},
      {expected + "until = 2026-11-20T18:00:00Z", 5, ""},
  };
  const Folder folder;
  for (const auto& row : table) {
    CAPTURE(row.text);
    folder.write("c.toml", row.text);
    const auto problems = load_config(folder.at("c.toml"), *parse_rfc3339("2026-11-20T12:00:00Z")).problems;
    CHECK_FALSE(has_errors(problems));
    const auto found = std::ranges::find(problems, row.line, &Problem::line);
    CHECK((found == problems.end()) == row.says.empty());
    if (found != problems.end()) CHECK_MESSAGE(found->text.contains(row.says), found->text);
  }
}

TEST_CASE("people without a name are each a fault of their own line, and nothing else is said of them") {
  const auto problems =
      Folder()
          .load(
              "[slack]\nbot_token_file = \"token\"\nsigning_secret_file = \"token\"\nsecurity_channel = \"C1\"\n"
              "security_team = [\"U1\"]\n[tail.x]\njournal = true\n[[person]]\nemail = \"a@b\"\n[[person]]\nname = "
              "\"\"\n")
          .problems;
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].line == 8);
  CHECK(problems[1].line == 11);
  for (const auto& problem : problems)
    CHECK(problem.text.contains("[[person]] needs 'name'"));
}

TEST_CASE("a listener that anybody may write to is warned of") {
  const auto loaded = Folder().load("[syslog.x]\nlisten = \"0.0.0.0:514\"");
  CHECK_FALSE(has_errors(loaded.problems));
  CHECK(std::ranges::any_of(loaded.problems, [](const Problem& problem) {
    return problem.line == 2 &&
           problem.text.find("whoever reaches [syslog.x] may write log lines") != std::string::npos;
  }));
}

TEST_CASE("a provider that is asked in the clear is warned of, but on this machine") {
  const Folder folder;
  const std::string papertrail = "[backfill.x]\nkind = \"papertrail\"\ntoken_file = \"token\"\nurl = ";
  const std::string loki = "[backfill.x]\nkind = \"loki\"\nquery = \"{}\"\nurl = ";
  const std::string cloudwatch = "[backfill.x]\nkind = \"cloudwatch\"\nregion = \"r\"\nlog_group = \"g\"\nurl = ";
  for (const auto& kind : {papertrail, loki, cloudwatch})
    for (const auto& [url, warned] :
         {std::pair("https://logs.example.com", false), std::pair("http://logs.example.com", true),
          std::pair("http://10.0.0.5:3100/", true), std::pair("http://localhost.example.com", true),
          std::pair("http://127.0.0.1.example.com", true), std::pair("http://[2001:db8::1]:80", true),
          std::pair("http://127.0.0.1:3100", false), std::pair("http://localhost", false),
          std::pair("http://[::1]:3100", false)}) {
      CAPTURE(kind);
      CAPTURE(url);
      const auto loaded = folder.load(kind + '"' + url + '"');
      CHECK_FALSE(has_errors(loaded.problems));
      CHECK(std::ranges::any_of(loaded.problems, [](const Problem& problem) {
              return problem.warning && problem.text.find("in the clear; write https://") != std::string::npos;
            }) == warned);
    }
}

TEST_CASE("a canary that somebody would be asked about is warned of") {
  const Folder folder;
  const std::string canary =
      "[[canary]]\nhost = \"b\"\nuser = \"c\"\nkey_fingerprint = \"SHA256:x\"\nidentity_file = \"k\"\n";
  const auto warned = [&](const std::string& text) {
    const auto loaded = folder.load(text);
    CHECK_FALSE(has_errors(loaded.problems));
    return std::ranges::any_of(loaded.problems, [](const Problem& problem) {
      return problem.text.find("no [[service_account]] has unix_user = \"c\"") != std::string::npos;
    });
  };
  CHECK(warned(canary));
  CHECK_FALSE(warned(canary + "[[service_account]]\nunix_user = \"c\"\nkey_fingerprints = [\"SHA256:x\"]\n"));
}
