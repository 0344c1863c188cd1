#include "agent/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "agent/spool/head.hpp"
#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace countersign::agent {
namespace {

// A batch may have 1,000 sightings and 1 MiB; the slot holds it with what is left of a halved one.
constexpr std::size_t batch_lines = 1000, batch_bytes = 384 * 1024, longest_sighting = 256 * 1024;
constexpr std::size_t slot_bytes = 704 * 1024;

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Stream::Stream(StreamSettings settings, Lane logins, Lane detail, Slots slots, Spans spans)
    : settings_(std::move(settings)),
      logins_(std::move(logins)),
      detail_(std::move(detail)),
      slots_(std::move(slots)),
      spans_(std::move(spans)) {}

Result<Stream> Stream::open(StreamSettings settings) {
  std::error_code error;
  std::filesystem::create_directories(settings.folder, error);
  if (error) return fail(Fault::unavailable, "can't make {}: {}", settings.folder, error.message());
  auto slots = Slots::open(settings.folder + "/batch", slot_bytes);
  if (!slots) return std::unexpected(slots.error());
  const auto lines = split_lines(slots->text());
  const auto head = parse_head(lines.empty() ? "" : lines.front());
  if (!head) return std::unexpected(head.error());
  auto logins = Lane::open(settings.folder + "/logins", head->logins, {.segment_bytes = settings.segment_bytes});
  if (!logins) return std::unexpected(logins.error());
  auto detail =
      Lane::open(settings.folder + "/detail", head->detail, {.segment_bytes = settings.segment_bytes, .detail = true});
  if (!detail) return std::unexpected(detail.error());
  auto spans = Spans::open(settings.folder + "/watched");
  if (!spans) return std::unexpected(spans.error());

  Stream stream(std::move(settings), std::move(*logins), std::move(*detail), std::move(*slots), std::move(*spans));
  stream.until_ = head->until;
  stream.place_ = head->place;
  stream.sequence_ = head->sequence;
  if (lines.size() > 1) stream.pending_ = lines[1];
  for (std::size_t i = 2; i < lines.size(); ++i)
    stream.rest_.emplace_back(lines[i]);
  if (!stream.pending_.empty()) stream.previous_ = to_hex(crypto::sha256(stream.pending_));
  const auto agent_id = std::exchange(stream.settings_.agent_id, head->agent_id);  // as the pending batch has it
  if (auto renumbered = stream.take_id(agent_id); !renumbered) return std::unexpected(renumbered.error());
  return stream;
}

std::string Stream::why_new_span() const {
  if (spans_.empty()) return "the agent did not run";
  return spans_.newest().boot_id == settings_.boot_id ? "the agent did not run" : "the host was started anew";
}

void Stream::watch(Timestamp from, std::string why) {
  if (spans_.is_open()) return;
  spans_.begin({from, from, settings_.boot_id, std::move(why)});
  blind_.clear();
  keep(true);
}

void Stream::blind(std::string why) {
  spans_.end();
  blind_ = std::move(why);
}

void Stream::look(Timestamp looked_at, std::vector<Spooled> sightings, Loss lost, bool whole) {
  std::vector<Line> logins, detail;
  for (auto& sighting : sightings) {
    if (sighting.json.size() > longest_sighting)
      lost.add({sighting.detail ? 0 : 1, sighting.detail ? 1 : 0, "a sighting was too long"});
    else
      (sighting.detail ? detail : logins).push_back({looked_at, Kind::sighting, std::move(sighting.json)});
  }
  if (lost.any()) logins.push_back({looked_at, Kind::lost, to_text(lost)});
  logins_.append(logins);
  detail_.append(detail);
  make_room();
  if (whole) spans_.reach(looked_at);
}

bool Stream::look_durably(Timestamp looked_at, const std::vector<Spooled>& sightings, bool whole) {
  if (logins_.bytes() > settings_.spool_bytes) return false;
  std::vector<Line> lines;
  for (const auto& sighting : sightings) {
    if (!sighting.json.empty()) lines.push_back({looked_at, Kind::sighting, sighting.json});
    lines.push_back({looked_at, Kind::place, sighting.place});
  }
  if (!logins_.append_durably(lines)) return false;
  if (whole) spans_.reach(looked_at);
  return true;
}

void Stream::make_room() {
  while (spooled_bytes() > settings_.spool_bytes)
    if (!detail_.drop_oldest() && !logins_.drop_oldest()) return;
}

std::optional<std::string> Stream::place() const {
  if (const auto newest = logins_.last_place()) return newest;
  return place_.empty() ? std::nullopt : std::optional(place_);
}

void Stream::keep(bool synced) {
  const bool durable = logins_.flush();
  (void)detail_.flush();
  // Looks whose sightings aren't on disk are not claimed: after a crash their time counts as blind.
  if (durable) (void)spans_.save(synced);
}

/// What the lanes give for the oldest span; sightings that were counted instead come as their number.
void Stream::take(Batch& batch, Taken& logins, Taken& detail) {
  const bool closed = !spans_.empty() && !spans_.oldest_is_open();
  Bounds bounds{batch_lines, batch_bytes, closed ? spans_.oldest().until : Timestamp::max()};
  const auto add = [&](const Line& line) {
    if (line.kind == Kind::place)
      place_ = line.text;
    else if (line.kind == Kind::sighting)
      batch.sightings.push_back(line.text);
    else
      batch.lost.add(parse_loss(line.text).value_or(Loss{1, 0, "the spool was damaged"}));
  };
  for (const auto& sighting : rest_) {
    batch.sightings.push_back(sighting);
    bounds.bytes -= std::min(bounds.bytes, sighting.size());
    bounds.lines -= std::min<std::size_t>(bounds.lines, 1);
  }
  logins = logins_.read(bounds);
  for (const auto& line : logins.lines) {
    add(line);
    bounds.bytes -= std::min(bounds.bytes, line.text.size());
    bounds.lines -= std::min<std::size_t>(bounds.lines, line.kind == Kind::place ? 0 : 1);
  }
  if (logins.more || bounds.lines == 0 || bounds.bytes == 0) return;
  detail = detail_.read(bounds);
  for (const auto& line : detail.lines)
    add(line);
}

/// Coverage goes as far as every login seen until then is in this batch or one before.
void Stream::cover(Batch& batch, const Taken& logins) {
  const auto& span = spans_.oldest();
  const bool goes_on = until_ && *until_ >= span.from;
  batch.boot_id = span.boot_id;
  batch.from = goes_on ? *until_ : span.from;
  batch.to = std::max(batch.from, span.until);
  if (!goes_on || until_ == span.from) batch.lost.add({0, 0, span.why});
  if (!logins.more || logins.next_at > span.until) return;
  batch.to = batch.from;
  for (const auto& line : logins.lines)
    if (line.at < logins.next_at) batch.to = std::max(batch.to, line.at);
}

Result<void> Stream::seal(Timestamp now) {
  while (!spans_.empty() && !spans_.oldest_is_open() && until_ && *until_ >= spans_.oldest().until)
    spans_.forget_oldest();
  Batch batch{.host = settings_.host,
              .boot_id = settings_.boot_id,
              .agent_id = settings_.agent_id,
              .machine_id = settings_.machine_id,
              .witness_class = settings_.witness_class,
              .contain = settings_.contain,
              .sequence = sequence_ + 1,
              .previous = previous_,
              .sent_at = now,
              .from = until_.value_or(now),
              .to = until_.value_or(now),
              .lost = {0, 0, blind_},
              .sightings = {},
              .ways = has_ways() ? ways_ : ""};
  const auto place_before = place_;
  Taken logins, detail;
  detail.next = detail_.place_of_reading();
  take(batch, logins, detail);
  if (!spans_.empty()) cover(batch, logins);

  const auto rest_before = std::exchange(rest_, {});
  const auto until_before = std::exchange(until_, batch.to);
  sequence_ += 1;
  if (auto stored = store(compose(batch), logins.next, detail.next); !stored) {
    sequence_ -= 1;
    until_ = until_before;
    rest_ = rest_before;
    place_ = place_before;
    return stored;
  }
  told_ways_ = ways_;
  logins_.release(logins);
  detail_.release(detail);
  return {};
}

/// The body, what stands behind it and where the lanes go on, in one write.
Result<void> Stream::store(std::string body, Position logins, Position detail) {
  auto text = to_text(Head{settings_.agent_id, place_, sequence_, until_, logins, detail}) + "\n" + body + "\n";
  for (const auto& sighting : rest_)
    text += sighting + "\n";
  if (auto stored = slots_.store(std::move(text), true); !stored) return stored;
  pending_ = std::move(body);
  previous_ = pending_.empty() ? "" : to_hex(crypto::sha256(pending_));
  return {};
}

void Stream::acknowledged() {
  pending_.clear();
}

Result<void> Stream::halve(std::string why) {
  auto batch = read_batch(pending_);
  if (!batch) return std::unexpected(batch.error());
  if (batch->sightings.empty()) return fail(Fault::invalid, "{}", why);
  const auto rest_before = rest_;
  const auto until_before = until_;
  if (batch->sightings.size() == 1) {
    batch->sightings.clear();
    batch->lost.add({1, 0, std::move(why)});
  } else {
    const auto middle = batch->sightings.begin() + static_cast<std::ptrdiff_t>(batch->sightings.size() / 2);
    rest_.insert(rest_.begin(), middle, batch->sightings.end());
    batch->sightings.erase(middle, batch->sightings.end());
    until_ = batch->to = batch->from;  // nothing is whole before the other half is there
  }
  if (auto stored = store(compose(*batch), logins_.place_of_reading(), detail_.place_of_reading()); !stored) {
    rest_ = rest_before;
    until_ = until_before;
    return stored;
  }
  return {};
}

Result<void> Stream::take_id(std::string agent_id) {
  if (agent_id == settings_.agent_id) return {};
  settings_.agent_id = std::move(agent_id);
  sequence_ = 0;
  std::string body;
  if (!pending_.empty()) {
    auto batch = read_batch(pending_);
    if (!batch) return std::unexpected(batch.error());
    batch->agent_id = settings_.agent_id;
    batch->machine_id = settings_.machine_id;
    batch->sequence = sequence_ = 1;
    batch->previous.clear();
    body = compose(*batch);
  }
  return store(std::move(body), logins_.place_of_reading(), detail_.place_of_reading());
}

std::string Stream::trouble() const {
  if (!blind_.empty()) return blind_;
  return logins_.trouble().empty() ? detail_.trouble() : logins_.trouble();
}

}  // namespace countersign::agent
