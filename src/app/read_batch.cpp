#include "app/read_batch.hpp"

#include <algorithm>

#include "app/arrivals.hpp"
#include "app/finding.hpp"
#include "app/mismatch.hpp"
#include "app/structure.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/host_name.hpp"
#include "core/rules/reading.hpp"
#include "crypto/digest.hpp"

namespace countersign::app {
namespace {

constexpr std::size_t kept_of_unread = 65'536;
constexpr std::size_t most_hosts = 1000;

/// Sixteen bytes over everything the record says, each part with its length before it.
std::string digest_of(const Source& source, const core::Record& record) {
  const auto& program = record.program.empty() ? source.default_program : record.program;
  const auto time = record.numbered_at ? record.numbered_at : record.time ? record.time : record.received_at;
  auto content = fmt::format("{}|{}|{}:{}{}:{}{}:", time ? to_micros(*time) : 0, record.pid.value_or(-1),
                             record.host.size(), record.host, program.size(), program, record.message.size());
  content += record.message;
  return crypto::sha256(content).substr(0, 16);
}

std::string id_of(const std::string& given, const std::string& digest) {
  return given.empty() ? "sha256:" + to_hex(digest) : given;
}

bool speaks_for(const Source& source, const std::string& host) {
  return std::any_of(source.hosts.begin(), source.hosts.end(),
                     [&](const auto& pattern) { return core::host_glob(pattern, host); });
}

/// Whether a rule that is written later may read it then.
Quarantined::Replay replay_of(const Source& source, const core::Record& record, std::size_t size) {
  if (size > kept_of_unread || !speaks_for(source, record.host)) return Quarantined::Replay::no;
  if (std::ranges::find(source.hosts, "*") != source.hosts.end()) return Quarantined::Replay::any_host;
  // The host's name is a pattern where it is read again.
  return record.host.contains('*') ? Quarantined::Replay::no : Quarantined::Replay::own_host;
}

Quarantined unread(const Source& source, const core::Record& record, std::string why, Timestamp now) {
  Quarantined message;
  const auto& text = record.program.empty() && !record.object.empty() ? record.object : record.message;
  message.source = source.name;
  message.host = record.host;
  message.program = record.program;
  message.message = text.substr(0, kept_of_unread);
  message.why = std::move(why);
  message.time = record.time.value_or(record.received_at.value_or(now));
  message.arrival_stamped = !record.time;
  message.writer = record.writer;
  message.received_at = now;
  message.pid = record.pid;
  message.digest = digest_of(source, record);
  message.provider_id = id_of(record.provider_id, message.digest);
  message.witness = source.witness;
  message.replay = replay_of(source, record, text.size());
  return message;
}

/// So that one machine under two names, or two spellings of one, is one. The message and its digest stay as they came.
void name_host(const Policy& policy, core::Event& event) {
  event.host = policy.directory.host_name(event.host);
}

/// One a host is enough: they lead to one finding.
void note_mismatch(ReadBatch& batch, const Source& source, const core::Record& record, std::string words) {
  const auto host = batch.policy->directory.host_name(record.host);
  if (!speaks_for(source, host) ||
      std::ranges::find(batch.mismatched, host, &Mismatched::host) != batch.mismatched.end())
    return;
  const auto time = record.time.value_or(record.received_at.value_or(batch.now));
  batch.mismatched.push_back({host, record.program, std::move(words), time});
}

Result<void> count_tally(Ledger& ledger, const Source& source, const Tally& tally, Timestamp now) {
  const std::pair<const char*, std::size_t> counts[] = {{"events", tally.events},
                                                        {"duplicates", tally.duplicates},
                                                        {"quarantined", tally.quarantined},
                                                        {"ignored", tally.ignored}};
  for (const auto& [name, n] : counts)
    if (n > 0)
      if (auto counted =
              ledger.count(fmt::format("messages.{}.{}", name, source.name), static_cast<std::int64_t>(n), now);
          !counted)
        return counted;
  return {};
}

/// By the rules that read JSON. What says itself what it is, is read so before a default is taken for its program; a
/// default that the rule lists is as good as a name.
std::optional<core::Interpretation> read_json(const ReadBatch& batch, const Source& source, core::Record& record) {
  auto read = core::read_structured(batch.policy->engine, record, batch.now, source.json_rules);
  if (!read || read->classified.reading != core::Reading::quarantined || source.default_program.empty()) return read;
  record.program = source.default_program;
  if (auto listed = core::read_structured(batch.policy->engine, record, batch.now)) return listed;
  record.program.clear();  // as it came: so it is kept, and read again
  return read;
}

/// Why nothing came of it.
std::string why_unread(const Source& source, const core::Classified& classified) {
  if (classified.rule == nullptr) return "no rule understood it";
  return fmt::format("{} may not bring {}: json_rules names the rules that may read JSON of it", source.name,
                     classified.rule->id);
}

/// Whatever it says: its host's log is alive.
void hear_of(ReadBatch& batch, const Source& source, const std::string& host) {
  if (host.empty() || batch.hosts.size() >= most_hosts || batch.hosts.contains(host)) return;
  if (speaks_for(source, host)) batch.hosts.insert(host);
}

}  // namespace

void read_message(ReadBatch& batch, const Source& source, core::Record record) {
  read_structure(record);
  hear_of(batch, source, core::canonical_host(record.host));
  auto structured = read_json(batch, source, record);
  if (!structured && record.program.empty()) record.program = source.default_program;
  if (!structured && record.program.empty())
    return batch.unread.push_back(unread(source, record, "the message names no program", batch.now));
  auto read = structured ? *std::move(structured) : core::read(batch.policy->engine, record, batch.now);
  if (read.classified.reading != core::Reading::event && !read.mismatch.empty())
    note_mismatch(batch, source, record, read.mismatch);
  if (read.classified.reading == core::Reading::ignored) {
    ++batch.tally.ignored;
  } else if (read.classified.reading == core::Reading::quarantined) {
    batch.unread.push_back(unread(source, record, why_unread(source, read.classified), batch.now));
  } else if (!speaks_for(source, read.event.host)) {
    auto why = fmt::format("{} may not speak for this host", source.name);
    batch.unread.push_back(unread(source, record, std::move(why), batch.now));
  } else {
    Arrival arrival;
    arrival.rule = read.classified.rule;
    arrival.ask = source.ask;
    arrival.sighting.witness = source.witness;
    arrival.sighting.live = source.live;
    arrival.sighting.source = source.name;
    arrival.sighting.digest = digest_of(source, record);
    arrival.sighting.provider_id = id_of(record.provider_id, arrival.sighting.digest);
    arrival.sighting.time = read.event.time;
    arrival.sighting.received_at = batch.now;
    arrival.sighting.arrival_stamped = !record.time && arrival.sighting.time == record.received_at.value_or(batch.now);
    const bool of_object = read.classified.fields != nullptr && !record.object.empty();
    arrival.sighting.raw = std::move(of_object ? record.object : record.message);
    arrival.event = std::move(read.event);
    arrival.mismatch = std::move(read.mismatch);
    name_host(*batch.policy, arrival.event);
    batch.arrivals.push_back(std::move(arrival));
  }
}

void read_event(ReadBatch& batch, const Source& source, PostedEvent posted) {
  Arrival arrival;
  arrival.ask = source.ask;
  arrival.sighting.witness = source.witness;
  arrival.sighting.live = source.live;
  arrival.sighting.source = source.name;
  arrival.sighting.digest = crypto::sha256(posted.raw).substr(0, 16);
  arrival.sighting.provider_id = id_of(posted.id, arrival.sighting.digest);
  arrival.sighting.time = posted.event.time;
  arrival.sighting.received_at = batch.now;
  arrival.sighting.raw = std::move(posted.raw);
  arrival.event = std::move(posted.event);
  name_host(*batch.policy, arrival.event);
  batch.arrivals.push_back(std::move(arrival));
}

void keep_unreadable(ReadBatch& batch, const Source& source, std::string_view host, const Unreadable& unreadable,
                     std::size_t copy) {
  Quarantined message;
  message.source = source.name;
  message.host = host;
  message.message = unreadable.sample.substr(0, kept_of_unread);
  message.why = fmt::format("unreadable: {}", unreadable.why);
  message.time = message.received_at = batch.now;
  message.arrival_stamped = true;
  message.witness = source.witness;
  message.digest = unreadable.digest;
  if (!message.digest.empty()) {
    message.provider_id = id_of("", message.digest);
    if (copy > 1) message.provider_id += fmt::format("#{}", copy);
  }
  batch.unread.push_back(std::move(message));
}

Result<void> write_batch(Ledger& ledger, const Source& source, ReadBatch& batch) {
  batch.written = batch.tally;
  Admission admission(ledger, *batch.policy, batch.now);
  for (const auto& arrival : batch.arrivals) {
    const auto admitted = admission.admit(arrival);
    if (!admitted) return std::unexpected(admitted.error());
    ++(admitted->duplicate ? batch.written.duplicates : batch.written.events);
  }
  for (const auto& [host, program, words, time] : batch.mismatched)
    if (auto raised = raise_finding(ledger, *batch.policy, find_mismatch(host, program, time, words), batch.now);
        !raised)
      return std::unexpected(raised.error());
  for (auto& message : batch.unread) {
    message.id = ledger.new_id();
    const auto kept = ledger.quarantine(message);
    if (!kept) return std::unexpected(kept.error());
    if (*kept) continue;
    --batch.written.quarantined;
    ++batch.written.duplicates;
  }
  if (source.live && source.witness == "log" && batch.tally.received > 0)
    if (auto noted = note_arrivals(ledger, *batch.policy, source.name, batch.hosts, batch.now); !noted) return noted;
  return count_tally(ledger, source, batch.written, batch.now);
}

}  // namespace countersign::app
