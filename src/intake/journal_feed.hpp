// The systemd journal as a feed, by libsystemd (sd-journal(3)): messages of some facilities, and of some programs
// whatever their facility. Its place is the journal's own cursor. One thread.
#pragma once

#include <string>
#include <vector>

#include "intake/feed.hpp"

struct sd_journal;

namespace countersign::intake {

/// Which messages are read: those of any of these. Never all of the journal: with none of either, nothing.
struct JournalMatches {
  std::vector<int> facilities{4, 10};    // auth and authpriv, where sshd, sudo, su and login write
  std::vector<std::string> identifiers;  // as programs call themselves: SYSLOG_IDENTIFIER
};

class JournalFeed final : public Feed {
 public:
  /// `directory` empty: this machine's journal. `mark` is where it stood, empty the first time.
  JournalFeed(std::string directory, std::string mark, bool from_start, JournalMatches matches = {});
  ~JournalFeed() override;
  JournalFeed(const JournalFeed&) = delete;
  JournalFeed& operator=(const JournalFeed&) = delete;

  Result<Chunk> next(Timestamp now) override;
  void advance() override { mark_ = next_; }

 private:
  Result<void> open();
  Result<void> add_matches();
  Result<void> go_to_mark();
  Result<void> step_back();
  [[nodiscard]] std::string text(const char* name) const;
  [[nodiscard]] std::string cursor() const;
  [[nodiscard]] core::Writer writer() const;
  [[nodiscard]] core::Record record() const;

  const std::string directory_;
  const JournalMatches matches_;
  std::string mark_, next_;
  bool from_start_;  // also once the journal was seen to hold nothing: whatever comes is new
  sd_journal* journal_ = nullptr;
};

}  // namespace countersign::intake
