#include "intake/journal_feed.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

using namespace countersign;
using namespace countersign::intake;

namespace {

/// A journal of its own, written by systemd's own writer from its export format.
class Journal {
 public:
  Journal() : folder_(std::filesystem::temp_directory_path() / ("countersign-journal-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Journal() { std::filesystem::remove_all(folder_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  [[nodiscard]] std::string folder() const { return folder_.string(); }

  struct Entry {
    std::string program, message;
    int facility = 4;
  };
  /// Appends a file with these entries; later files hold later entries.
  void write(const std::vector<Entry>& entries) {
    const auto name = fmt::format("{}/system@{}.journal", folder(), ++files_);
    const auto command = fmt::format("/lib/systemd/systemd-journal-remote --output='{}' - >/dev/null 2>&1", name);
    std::FILE* pipe = ::popen(command.c_str(), "w");  // NOLINT(cert-env33-c): a fixed command of the test's own
    REQUIRE(pipe);
    for (const auto& entry : entries) {
      ++seconds_;
      fmt::print(pipe,
                 "__REALTIME_TIMESTAMP={0}\n__MONOTONIC_TIMESTAMP={1}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n"
                 "_MACHINE_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=bastion\nSYSLOG_FACILITY={2}\n"
                 "SYSLOG_IDENTIFIER={3}\n_PID=4243\nMESSAGE={4}\n\n",
                 1'790'000'000'000'000 + seconds_ * 1'000'000, seconds_ * 1'000'000, entry.facility, entry.program,
                 entry.message);
    }
    REQUIRE(::pclose(pipe) == 0);
  }

 private:
  std::filesystem::path folder_;
  int files_ = 0, seconds_ = 0;
};

std::vector<std::string> read_all(JournalFeed& feed) {
  std::vector<std::string> all;
  while (true) {
    const auto chunk = feed.next({});
    REQUIRE(chunk);
    for (const auto& record : chunk->records)
      all.push_back(record.message);
    feed.advance();
    if (!chunk->more) return all;
  }
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the journal's logins are read, once, with what it knows of them") {
  Journal journal;
  journal.write({{"sshd", "one"}, {"cron", "not ours", 9}, {"sudo", "two", 10}});
  JournalFeed feed(journal.folder(), "", true);
  const auto chunk = feed.next({});
  REQUIRE(chunk);
  REQUIRE(chunk->records.size() == 2);
  const auto& first = chunk->records[0];
  CHECK(first.host == "bastion");
  CHECK(first.program == "sshd");
  CHECK(first.pid == 4243);
  CHECK(first.message == "one");
  CHECK(to_rfc3339(*first.time) == "2026-09-21T14:13:21Z");
  CHECK_FALSE(first.provider_id.empty());
  CHECK(feed.next({})->records.size() == 2);  // not durable yet: given again
  feed.advance();
  CHECK(read_all(feed).empty());
  journal.write({{"sshd", "three"}});
  CHECK(read_all(feed) == Texts{"three"});

  SUBCASE("and goes on from its mark after a restart") {
    const auto mark = feed.next({})->mark;
    journal.write({{"sshd", "four"}});
    JournalFeed again(journal.folder(), mark, false);
    CHECK(read_all(again) == Texts{"four"});
  }
}

TEST_CASE("facilities and programs say which messages are read") {
  Journal journal;
  journal.write(
      {{"sshd", "one"}, {"cron", "two", 9}, {"tailscaled", "three", 3}, {"sudo", "four", 10}, {"app", "five", 3}});
  const struct {
    JournalMatches matches;
    Texts read;
  } table[] = {
      {{}, {"one", "four"}},  {{{4, 10}, {"tailscaled", "sshd"}}, {"one", "three", "four"}},
      {{{9}, {}}, {"two"}},   {{{}, {"app"}}, {"five"}},
      {{{}, {"nobody"}}, {}}, {{{}, {}}, {}},
  };
  for (const auto& [matches, expected] : table) {
    JournalFeed feed(journal.folder(), "", true, matches);
    CHECK(read_all(feed) == expected);
  }
}

TEST_CASE("a mark at a message that is no longer read: what comes after it is, the first one too") {
  Journal journal;
  journal.write({{"cron", "before", 9}, {"tailscaled", "after", 3}});
  JournalFeed before(journal.folder(), "", true, {{9}, {}});
  const auto chunk = before.next({});
  REQUIRE(chunk);
  REQUIRE(chunk->records.size() == 1);
  JournalFeed after(journal.folder(), chunk->mark, false, {{}, {"tailscaled"}});
  CHECK(read_all(after) == Texts{"after"});
  journal.write({{"tailscaled", "later", 3}});
  CHECK(read_all(after) == Texts{"later"});
}

TEST_CASE("from the end, only what comes is read") {
  Journal journal;
  SUBCASE("after what is there") {
    journal.write({{"sshd", "old"}});
  }
  SUBCASE("into an empty journal") {}
  JournalFeed feed(journal.folder(), "", false);
  CHECK(read_all(feed).empty());
  journal.write({{"sshd", "new"}});
  CHECK(read_all(feed) == Texts{"new"});
}

TEST_CASE("a journal that is not there is a fault, not an end") {
  JournalFeed feed("/nonexistent", "", true);
  CHECK_FALSE(feed.next({}));
}
