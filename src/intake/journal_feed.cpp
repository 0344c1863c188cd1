#include "intake/journal_feed.hpp"

#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace countersign::intake {
namespace {

constexpr std::size_t entries_at_once = 1000;

std::unexpected<Error> failed(const char* what, int code) {
  return fail(Fault::unavailable, "the journal: {}: {}", what, std::strerror(-code));
}

}  // namespace

JournalFeed::JournalFeed(std::string directory, std::string mark, bool from_start, JournalMatches matches)
    : directory_(std::move(directory)), matches_(std::move(matches)), mark_(std::move(mark)), from_start_(from_start) {}

JournalFeed::~JournalFeed() {
  sd_journal_close(journal_);
}

Result<void> JournalFeed::open() {
  const int opened = directory_.empty() ? sd_journal_open(&journal_, SD_JOURNAL_LOCAL_ONLY)
                                        : sd_journal_open_directory(&journal_, directory_.c_str(), 0);
  if (opened < 0) return failed("can't be opened", opened);
  // Asked for once, so that sd_journal_process() hears of files that come and go (sd_journal_get_fd(3)).
  if (const int watched = sd_journal_get_fd(journal_); watched < 0) return failed("can't be watched", watched);
  return add_matches();
}

/// Matches of one field are alternatives, and so are the two sides of the disjunction (sd_journal_add_match(3)).
Result<void> JournalFeed::add_matches() {
  int added = 0;
  for (const auto facility : matches_.facilities)
    if (added >= 0) added = sd_journal_add_match(journal_, fmt::format("SYSLOG_FACILITY={}", facility).c_str(), 0);
  if (added >= 0) added = sd_journal_add_disjunction(journal_);
  for (const auto& identifier : matches_.identifiers)
    if (added >= 0) added = sd_journal_add_match(journal_, ("SYSLOG_IDENTIFIER=" + identifier).c_str(), 0);
  if (added < 0) return failed("no match", added);
  return {};
}

/// The marked entry is gone, or is none of those that are read now: the one where it stands has not been read.
Result<void> JournalFeed::step_back() {
  int moved = sd_journal_previous(journal_);
  if (moved == 0) moved = sd_journal_seek_head(journal_);  // it is the first
  if (moved < 0) return failed("can't be read", moved);
  return {};
}

/// Stands on the marked entry, or before the first one to be read.
Result<void> JournalFeed::go_to_mark() {
  int moved = 0;
  if (!mark_.empty())
    moved = sd_journal_seek_cursor(journal_, mark_.c_str());
  else
    moved = from_start_ ? sd_journal_seek_head(journal_) : sd_journal_seek_tail(journal_);
  if (moved < 0) return failed("can't seek", moved);
  if (mark_.empty() && from_start_) return {};
  // After seek_tail, previous() is the newest entry; after seek_cursor, next() is the marked one, if it is still kept.
  moved = mark_.empty() ? sd_journal_previous(journal_) : sd_journal_next(journal_);
  if (moved < 0) return failed("can't be read", moved);
  if (moved == 0) {
    from_start_ = from_start_ || mark_.empty();
    return {};
  }
  if (mark_.empty())
    mark_ = cursor();
  else if (sd_journal_test_cursor(journal_, mark_.c_str()) == 0)
    return step_back();
  return {};
}

std::string JournalFeed::cursor() const {
  char* text = nullptr;
  if (sd_journal_get_cursor(journal_, &text) < 0) return "";
  std::string cursor(text);
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): sd-journal's own allocation
  return cursor;
}

std::string JournalFeed::text(const char* name) const {
  const void* data = nullptr;
  std::size_t length = 0;
  if (sd_journal_get_data(journal_, name, &data, &length) < 0) return "";
  const std::string_view field(static_cast<const char*>(data), length);
  return std::string(field.substr(field.find('=') + 1));
}

/// What journald itself notes of the process, by its credentials and /proc.
core::Writer JournalFeed::writer() const {
  core::Writer writer{text("_COMM"), text("_EXE"), std::nullopt};
  const auto digits = text("_UID");
  std::int64_t uid = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), uid).ec == std::errc{}) writer.uid = uid;
  return writer;
}

core::Record JournalFeed::record() const {
  core::Record record;
  std::uint64_t micros = 0;
  if (sd_journal_get_realtime_usec(journal_, &micros) >= 0)
    record.time = from_micros(static_cast<std::int64_t>(micros));
  record.host = text("_HOSTNAME");
  record.program = text("SYSLOG_IDENTIFIER");
  record.message = text("MESSAGE");
  record.writer = writer();
  record.provider_id = cursor();
  auto digits = text("SYSLOG_PID");
  if (digits.empty()) digits = text("_PID");
  std::int64_t pid = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), pid).ec == std::errc{}) record.pid = pid;
  return record;
}

Result<Chunk> JournalFeed::next(Timestamp) {
  if (matches_.facilities.empty() && matches_.identifiers.empty()) return Chunk{};
  if (!journal_)
    if (auto opened = open(); !opened) {
      sd_journal_close(std::exchange(journal_, nullptr));  // never half open: without its matches it gives everything
      return std::unexpected(opened.error());
    }
  if (const int noted = sd_journal_process(journal_); noted < 0) return failed("can't be followed", noted);
  if (auto gone = go_to_mark(); !gone) return std::unexpected(gone.error());
  Chunk chunk;
  next_ = mark_;
  while (chunk.records.size() < entries_at_once) {
    const int moved = sd_journal_next(journal_);
    if (moved < 0) return failed("can't be read", moved);
    if (moved == 0) break;
    chunk.records.push_back(record());
    next_ = chunk.records.back().provider_id;
  }
  chunk.mark = next_;
  chunk.more = chunk.records.size() == entries_at_once;
  return chunk;
}

}  // namespace countersign::intake
