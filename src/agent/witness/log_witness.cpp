#include "agent/witness/log_witness.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "intake/file_feed.hpp"
#include "intake/journal_feed.hpp"

namespace countersign::agent {
namespace {

constexpr std::size_t longest_line_kept = 16 * 1024;

}  // namespace

LogWitness::LogWitness(Settings settings, const Redactor& redactor)
    : settings_(std::move(settings)), redactor_(redactor), placed_(!settings_.place.empty()) {}

Result<void> LogWitness::open() {
  if (settings_.path.empty()) {
    if (!feed_) feed_ = std::make_unique<intake::JournalFeed>("", settings_.place, settings_.from_start);
    return {};
  }
  // A file that isn't there yet is none of the feed's troubles, but nobody could be said to watch it.
  if (::access(settings_.path.c_str(), R_OK) != 0)
    return fail(Fault::unavailable, "can't read {}: {}; the agent's user needs the group that may (adm)",
                settings_.path, std::strerror(errno));
  if (!feed_)
    feed_ = std::make_unique<intake::FileFeed>(settings_.path, settings_.place, settings_.from_start, settings_.host,
                                               core::Zone());
  return {};
}

Result<Look> LogWitness::look(Timestamp now) {
  auto chunk = feed_->next(now);
  if (!chunk) return std::unexpected(chunk.error());
  Look look;
  look.more = chunk->more;
  for (const auto& record : chunk->records)
    look.sightings.push_back({to_json(record), false, ""});
  // The very first place is kept too, or what is written before the first restart would be passed over.
  if (chunk->records.empty() && !placed_ && !chunk->mark.empty()) look.sightings.push_back({"", false, chunk->mark});
  placed_ = placed_ || !chunk->mark.empty();
  // Places within a chunk are in the ids: a file's "INODE:OFFSET:HASH" says where its line begins, a journal's is the
  // cursor of the entry itself.
  for (std::size_t i = 0; i < chunk->records.size(); ++i) {
    const bool last = i + 1 == chunk->records.size();
    const auto& id = chunk->records[last || settings_.path.empty() ? i : i + 1].provider_id;
    look.sightings[i].place = last ? chunk->mark : settings_.path.empty() ? id : id.substr(0, id.rfind(':'));
  }
  return look;
}

void LogWitness::taken() {
  feed_->advance();
}

std::string LogWitness::to_json(const core::Record& record) const {
  auto message = record.message.substr(0, longest_line_kept);
  if (!record.program.starts_with("sshd")) message = redactor_(message);
  nlohmann::ordered_json json{{"id", "log:" + record.provider_id}};
  const auto time = record.time ? record.time : record.received_at;
  if (time) json["@timestamp"] = to_rfc3339(*time);
  if (!record.program.empty()) json["process.name"] = record.program;
  if (record.pid) json["process.pid"] = *record.pid;
  if (record.writer) {  // by the journal's own names
    if (!record.writer->comm.empty()) json["_COMM"] = record.writer->comm;
    if (!record.writer->exe.empty()) json["_EXE"] = record.writer->exe;
    if (record.writer->uid) json["_UID"] = std::to_string(*record.writer->uid);
  }
  json["message"] = std::move(message);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace countersign::agent
