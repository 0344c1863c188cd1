#include "web/agent_json.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "core/host_name.hpp"
#include "crypto/digest.hpp"
#include "web/bounded_json.hpp"
#include "web/posted.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t longest_agent_text = 200;  // of a name
constexpr std::size_t longest_action = 100;      // of event.action
constexpr std::size_t longest_way = 60, most_ways = 64;
constexpr std::int64_t most_lost = 1'000'000'000'000;

/// The text of a name; "" where there is none.
Result<std::string> text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return fail(Fault::invalid, "'{}' must be a string", key);
  auto text = found->get<std::string>();
  if (text.size() > longest_agent_text)
    return fail(Fault::invalid, "'{}' is longer than {} bytes", key, longest_agent_text);
  return text;
}

Result<void> read_text(const Json& object, const char* key, std::string& into) {
  auto text = text_of(object, key);
  if (!text) return std::unexpected(text.error());
  if (!text->empty()) into = *std::move(text);
  return {};
}

Result<std::int64_t> number_of(const Json& object, const char* key, std::int64_t least, std::int64_t most) {
  const auto found = object.find(key);
  if (found == object.end()) return least;
  if (!found->is_number_integer() || (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX) ||
      found->get<std::int64_t>() < least || found->get<std::int64_t>() > most)
    return fail(Fault::invalid, "'{}' must be a whole number from {} to {}", key, least, most);
  return found->get<std::int64_t>();
}

Result<std::optional<Timestamp>> time_of(const Json& object, const char* key) {
  auto text = text_of(object, key);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return std::nullopt;
  const auto time = parse_rfc3339(*text);
  if (!time) return fail(Fault::invalid, "'{}' is no RFC 3339 time: {}", key, one_line(*text, 60));
  return *time;
}

Result<app::ClaimedCoverage> read_coverage(const Json& batch) {
  app::ClaimedCoverage coverage;
  const auto found = batch.find("coverage");
  if (found == batch.end() || found->is_null()) return coverage;
  if (!found->is_object()) return fail(Fault::invalid, "'coverage' must be an object");
  const auto from = time_of(*found, "from");
  if (!from) return std::unexpected(from.error());
  const auto until = time_of(*found, "to");
  if (!until) return std::unexpected(until.error());
  if (from->has_value() != until->has_value()) return fail(Fault::invalid, "'coverage' needs both 'from' and 'to'");
  if (*from && **from > **until) return fail(Fault::invalid, "'coverage' ends before it begins");
  const auto lost = number_of(*found, "lost", 0, most_lost);
  if (!lost) return std::unexpected(lost.error());
  const auto detail = number_of(*found, "lost_detail", 0, most_lost);
  if (!detail) return std::unexpected(detail.error());
  if (auto read = read_text(*found, "why", coverage.why); !read) return std::unexpected(read.error());
  coverage.from = *from;
  coverage.until = *until;
  coverage.lost = *lost;
  coverage.lost_detail = *detail;
  return coverage;
}

/// What the host's journal noted of a line's writer.
std::optional<core::Writer> writer_of(const Json& sighting) {
  const auto text = [&](const char* name) {
    const auto found = sighting.find(name);
    return found != sighting.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  core::Writer writer{text("_COMM"), text("_EXE"), std::nullopt};
  const auto digits = text("_UID");
  std::int64_t uid = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), uid);
  if (error == std::errc() && !digits.empty()) writer.uid = uid;
  return writer == core::Writer() ? std::nullopt : std::optional(std::move(writer));
}

/// A raw line of the host's log: the rules will read it.
Result<core::Record> read_line(const Json& sighting, const app::AgentBatch& batch, const app::PostedEvent& posted) {
  core::Record record;
  record.message = sighting["message"].get<std::string>();
  record.time = posted.event.time;
  record.host = batch.host;
  record.program = posted.event.process;
  record.pid = posted.event.pid;
  record.provider_id = posted.id;
  record.writer = writer_of(sighting);
  return record;
}

bool is_line(const Json& sighting, const app::AgentBatch& batch, const app::PostedEvent& posted) {
  const auto message = sighting.find("message");
  return batch.witness == "log" && posted.event.action.empty() && message != sighting.end() && message->is_string();
}

Result<void> read_sighting(const Json& sighting, app::AgentBatch& batch) {
  if (!sighting.is_object()) return fail(Fault::invalid, "a sighting must be an object");
  auto posted = read_ecs(sighting);
  if (!posted) return std::unexpected(posted.error());
  auto& event = posted->event;
  if (event.time == Timestamp{}) return fail(Fault::invalid, "it has no @timestamp");
  if (!event.host.empty() && core::canonical_host(event.host) != core::canonical_host(batch.host))
    return fail(Fault::invalid, "it speaks of host {}, which is not the batch's", one_line(event.host, 60));
  if (is_line(sighting, batch, *posted)) {
    auto line = read_line(sighting, batch, *posted);
    if (!line) return std::unexpected(line.error());
    batch.lines.push_back(*std::move(line));
    return {};
  }
  if (event.action.empty() || event.action.size() > longest_action)
    return fail(Fault::invalid, "it needs an event.action of at most {} bytes", longest_action);
  event.host = batch.host;
  if (event.outcome.empty() && event.action == "ssh_login") event.outcome = "success";
  if (event.outcome.empty() && event.action == "ssh_auth_failure") event.outcome = "failure";
  batch.events.push_back(*std::move(posted));
  return {};
}

Result<app::Way> read_way(const Json& object) {
  if (!object.is_object()) return fail(Fault::invalid, "a way in must be an object");
  app::Way way;
  if (auto read = read_text(object, "name", way.name); !read) return std::unexpected(read.error());
  if (auto read = read_text(object, "kind", way.kind); !read) return std::unexpected(read.error());
  const auto port = number_of(object, "port", 0, 65'535);
  if (!port) return std::unexpected(port.error());
  way.port = *port;
  if (!core::is_host_name(way.name) || way.name.size() > longest_way)
    return fail(Fault::invalid, "a way in needs a name of letters, digits, '.', '-', '_', at most {}", longest_way);
  if (way.kind != "daemon" && way.kind != "port" && way.kind != "console")
    return fail(Fault::invalid, "a way's 'kind' must be daemon, port or console");
  return way;
}

/// Those that can't be read are kept beside; so is what there is too much of.
Result<void> read_ways(const Json& body, app::AgentBatch& batch) {
  const auto found = body.find("ways");
  if (found == body.end() || found->is_null()) return {};
  if (!found->is_array()) return fail(Fault::invalid, "'ways' must be an array");
  batch.ways.emplace();
  for (const auto& object : *found) {
    if (batch.ways->size() == most_ways) {
      batch.unreadable.push_back({to_text(object), fmt::format("a host has at most {} ways in", most_ways)});
      break;
    }
    auto way = read_way(object);
    if (way)
      batch.ways->push_back(*std::move(way));
    else
      batch.unreadable.push_back({to_text(object), way.error().message});
  }
  return {};
}

Result<void> read_head(const Json& body, app::AgentBatch& batch) {
  const std::pair<const char*, std::string*> texts[] = {{"host", &batch.host},          {"agent_id", &batch.agent},
                                                        {"class", &batch.witness},      {"boot_id", &batch.boot},
                                                        {"machine_id", &batch.machine}, {"version", &batch.version}};
  for (const auto& [key, into] : texts)
    if (auto read = read_text(body, key, *into); !read) return read;
  if (batch.host.empty()) return fail(Fault::invalid, "'host' is missing");
  if (batch.agent.empty()) return fail(Fault::invalid, "'agent_id' is missing");
  if (batch.witness != "kernel" && batch.witness != "log" && batch.witness != "pam")
    return fail(Fault::invalid, "'class' must be kernel, log or pam");
  if (!body.contains("sequence")) return fail(Fault::invalid, "'sequence' is missing");
  const auto sequence = number_of(body, "sequence", 1, INT64_MAX - 1);
  if (!sequence) return std::unexpected(sequence.error());
  batch.sequence = *sequence;
  if (const auto contains = body.find("contain"); contains != body.end()) {
    if (!contains->is_boolean()) return fail(Fault::invalid, "'contain' must be true or false");
    batch.contains = contains->get<bool>();
  }
  if (const auto sent = time_of(body, "sent_at"); !sent) return std::unexpected(sent.error());
  if (body.contains("previous")) {
    auto previous = text_of(body, "previous");
    if (!previous) return std::unexpected(previous.error());
    batch.previous = *std::move(previous);
  }
  return {};
}

/// The same whenever it is sent, whatever the order of its keys.
std::string content_of(Json body) {
  body.erase("sent_at");
  body.erase("previous");
  return crypto::sha256(nlohmann::json(std::move(body)).dump(-1, ' ', false, Json::error_handler_t::replace))
      .substr(0, 16);
}

}  // namespace

Result<app::AgentBatch> read_agent_batch(std::string_view text) {
  auto body = parse_object(text);
  if (!body) return std::unexpected(body.error());
  app::AgentBatch batch;
  if (auto read = read_head(*body, batch); !read) return std::unexpected(read.error());
  auto coverage = read_coverage(*body);
  if (!coverage) return std::unexpected(coverage.error());
  batch.coverage = *std::move(coverage);
  if (auto read = read_ways(*body, batch); !read) return std::unexpected(read.error());
  if (const auto sightings = body->find("sightings"); sightings != body->end() && !sightings->is_null()) {
    if (!sightings->is_array()) return fail(Fault::invalid, "'sightings' must be an array");
    if (sightings->size() > most_sightings)
      return fail(Fault::too_large, "a batch has at most {} sightings; this one has {}: send them in several",
                  most_sightings, sightings->size());
    for (const auto& sighting : *sightings)
      if (auto read = read_sighting(sighting, batch); !read)
        batch.unreadable.push_back({to_text(sighting), read.error().message});
  }
  batch.digest = crypto::sha256(text);
  batch.content = content_of(*std::move(body));
  return batch;
}

Result<app::JoinRequest> read_join_request(std::string_view text) {
  const auto body = parse_object(text);
  if (!body) return std::unexpected(body.error());
  app::JoinRequest request;
  std::string key;
  const std::pair<const char*, std::string*> texts[] = {{"host", &request.host},
                                                        {"machine_id", &request.machine},
                                                        {"version", &request.version},
                                                        {"boot_id", &request.boot},
                                                        {"public_key", &key}};
  for (const auto& [name, into] : texts)
    if (auto read = read_text(*body, name, *into); !read) return std::unexpected(read.error());
  if (request.host.empty()) return fail(Fault::invalid, "'host' is missing");
  if (request.machine.empty()) return fail(Fault::invalid, "'machine_id' is missing");
  auto bytes = from_base64(key);
  if (!bytes || bytes->size() != 32) return fail(Fault::invalid, "'public_key' must be 32 bytes in base64");
  request.public_key = *std::move(bytes);
  return request;
}

}  // namespace countersign::web
