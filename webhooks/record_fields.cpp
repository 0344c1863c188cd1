#include "webhooks/record_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/syslog.hpp"

namespace countersign::webhooks {
namespace {

using simdjson::ondemand::json_type;

enum Part : std::size_t { line, host, program, pid, time, comm, exe, uid, parts };

struct Name {
  std::string_view name;
  Part part;
};

// In order of preference within a part. The last of host and time are those of rsyslog's own StdJSONFmt.
constexpr Name kNames[] = {{"message", line},
                           {"MESSAGE", line},
                           {"log", line},
                           {"msg", line},
                           {"event", line},
                           {"_raw", line},
                           {"body", line},
                           {"textPayload", line},
                           {"host", host},
                           {"hostname", host},
                           {"_HOSTNAME", host},
                           {"host.name", host},
                           {"source", host},
                           {"fromhost", host},
                           {"program", program},
                           {"ident", program},
                           {"SYSLOG_IDENTIFIER", program},
                           {"appname", program},
                           {"app_name", program},
                           {"process.name", program},
                           {"pid", pid},
                           {"procid", pid},
                           {"proc_id", pid},
                           {"SYSLOG_PID", pid},
                           {"process.pid", pid},
                           {"_PID", pid},
                           {"@timestamp", time},
                           {"timestamp", time},
                           {"time", time},
                           {"date", time},
                           {"__REALTIME_TIMESTAMP", time},
                           {"ts", time},
                           {"timereported", time},
                           {"_COMM", comm},
                           {"_EXE", exe},
                           {"_UID", uid}};
constexpr std::size_t kNone = std::size(kNames);

std::size_t rank_of(std::string_view name) {
  for (std::size_t i = 0; i < kNone; ++i) {
    if (kNames[i].name == name) return i;
  }
  return kNone;
}

std::string_view trim(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

/// The best value found so far for each part.
class Findings {
 public:
  Findings() { ranks_.fill(kNone); }

  [[nodiscard]] bool wants(std::size_t rank) const { return rank < ranks_[kNames[rank].part]; }
  void take(std::size_t rank, std::string value) {
    if (value.empty()) return;
    ranks_[kNames[rank].part] = rank;
    values_[kNames[rank].part] = std::move(value);
  }
  std::string& operator[](Part part) { return values_[part]; }

 private:
  std::array<std::size_t, parts> ranks_{};
  std::array<std::string, parts> values_;
};

/// journald gives a message that is no UTF-8 as its bytes, an array of numbers.
simdjson::error_code text_of_bytes(simdjson::ondemand::value value, std::string& text) {
  simdjson::ondemand::array bytes;
  if (const auto error = value.get_array().get(bytes)) return error;
  std::string result;
  bool sound = true;
  for (auto item : bytes) {
    simdjson::ondemand::value element;
    if (const auto error = item.get(element)) return error;
    std::uint64_t byte = 0;
    sound = sound && element.get_uint64().get(byte) == simdjson::SUCCESS && byte < 256;
    if (!sound) continue;
    result.push_back(static_cast<char>(byte));
  }
  if (sound) text = std::move(result);
  return simdjson::SUCCESS;
}

simdjson::error_code take_value(simdjson::ondemand::value value, std::size_t rank, Findings& found) {
  if (!found.wants(rank)) return simdjson::SUCCESS;
  json_type type{};
  if (const auto error = value.type().get(type)) return error;
  const bool is_line = kNames[rank].part == line;
  std::string text;
  if (type == json_type::array && is_line) {
    if (const auto error = text_of_bytes(value, text)) return error;
  } else if (type == json_type::string || (type == json_type::number && !is_line)) {
    if (const auto error = text_of(value, text)) return error;
  }
  found.take(rank, std::move(text));
  return simdjson::SUCCESS;
}

/// {"process": {"name": …, "pid": …}, "host": {"name": …}}: ECS nested instead of dotted.
simdjson::error_code take_nested(simdjson::ondemand::object object, std::string_view outer, Findings& found) {
  for (auto field : object) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    const auto rank = key.size() > 8 ? kNone : rank_of(std::string(outer) + "." + std::string(key));
    if (rank == kNone) continue;
    simdjson::ondemand::value value;
    if (const auto error = field.value().get(value)) return error;
    if (const auto error = take_value(value, rank, found)) return error;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code find_parts(simdjson::ondemand::object object, Findings& found) {
  for (auto field : object) {
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    const auto rank = rank_of(key);
    const bool nests = key == "process" || key == "host";
    if (rank == kNone && !nests) continue;
    const std::string_view outer = key == "process" ? "process" : "host";
    simdjson::ondemand::value value;
    if (const auto error = field.value().get(value)) return error;
    json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (nests && type == json_type::object) {
      simdjson::ondemand::object inner;
      if (const auto error = value.get_object().get(inner)) return error;
      if (const auto error = take_nested(inner, outer, found)) return error;
    } else if (rank != kNone) {
      if (const auto error = take_value(value, rank, found)) return error;
    }
  }
  return simdjson::SUCCESS;
}

void drop_line_end(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

/// Whose line it is was said by the sender where it names a program; a header that names another is only text, or any
/// program could write itself another's name.
void read_header(const core::Zone& zone, Timestamp arrival, core::Record& record) {
  const auto header = core::read_syslog(record.message);
  if (!header || header->program.empty()) return;
  if (!record.program.empty() && record.program != header->program) return;
  // A stamp without year or zone is a guess; the sender's own time is not.
  if (const auto time = core::read_stamp(header->stamp, zone, record.time.value_or(arrival));
      time && (header->exact_stamp || !record.time)) {
    record.received_at = record.time;
    record.time = time;
  }
  record.program = header->program;
  if (!header->host.empty() && record.host.empty()) record.host = header->host;
  if (!record.pid) record.pid = read_number(header->pid);
  record.message = std::string(header->message);
}

void fill_record(Findings& found, const core::Zone& zone, Timestamp arrival, core::Record& record, std::string& why) {
  record.host = std::move(found[host]);
  record.program = std::move(found[program]);
  record.pid = read_number(found[pid]);
  record.time = read_time(found[time]);
  record.message = std::move(found[line]);
  core::Writer writer{std::move(found[comm]), std::move(found[exe]), read_number(found[uid])};
  if (writer != core::Writer()) record.writer = std::move(writer);
  if (!record.message.empty()) return finish_record(zone, arrival, record);
  why = "none of message, MESSAGE, log, msg, event, _raw, body, textPayload holds a text";
}

}  // namespace

void finish_record(const core::Zone& zone, Timestamp arrival, core::Record& record) {
  drop_line_end(record.message);
  read_header(zone, arrival, record);
  // rsyslog keeps the blank between tag and text in its msg property.
  if (record.message.starts_with(' ')) record.message.erase(0, 1);
}

core::Record line_record(std::string_view line, const core::Zone& zone, Timestamp arrival) {
  core::Record record;
  record.message = std::string(line);
  finish_record(zone, arrival, record);
  return record;
}

std::optional<std::int64_t> read_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Timestamp> read_time(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = read_number(text.substr(0, point));
  if (!whole) {
    const auto time = parse_rfc3339(text);
    return time ? std::optional(*time) : std::nullopt;
  }
  // Units by magnitude: each bound is past the year 5000 in the finer unit and before 1973 in the coarser.
  std::int64_t per_micro = 1;  // nanoseconds: divide
  std::int64_t micros = 1;     // the others: multiply
  if (*whole < 100'000'000'000) {
    micros = 1'000'000;
  } else if (*whole < 100'000'000'000'000) {
    micros = 1'000;
  } else if (*whole >= 100'000'000'000'000'000) {
    per_micro = 1'000;
  }
  std::int64_t result = *whole * micros / per_micro;
  if (point != std::string_view::npos) {
    for (const char c : text.substr(point + 1)) {
      if (c < '0' || c > '9') return std::nullopt;
      micros /= 10;
      result += (c - '0') * micros;
    }
  }
  return from_micros(result);
}

simdjson::error_code text_of(simdjson::ondemand::value value, std::string& text) {
  json_type type{};
  if (const auto error = value.type().get(type)) return error;
  if (type == json_type::string) {
    std::string_view content;
    if (const auto error = value.get_string().get(content)) return error;
    text = content;
  } else if (type == json_type::number) {
    text = trim(value.raw_json_token());
  }
  return simdjson::SUCCESS;
}

simdjson::error_code read_record(simdjson::ondemand::object object, const core::Zone& zone, Timestamp arrival,
                                 core::Record& record, std::string& why) {
  Findings found;
  if (const auto error = find_parts(object, found)) return error;
  std::string no_line;
  fill_record(found, zone, arrival, record, no_line);
  if (no_line.empty() && !record.program.empty()) return simdjson::SUCCESS;
  bool has_fields = false;
  if (const auto error = object.reset().get(has_fields)) return error;
  std::string_view raw;
  if (const auto error = object.raw_json().get(raw)) return error;
  if (!has_fields) {
    why = std::move(no_line);
  } else {
    (no_line.empty() ? record.object : record.message) = trim(raw);
  }
  return simdjson::SUCCESS;
}

bool names_field(std::string_view name) {
  static_assert(std::ranges::all_of(kNames, [](const Name& known) { return known.name.size() <= kLongestFieldName; }));
  return rank_of(name) != kNone;
}

void read_fields(NamedTexts own, NamedTexts shared, const core::Zone& zone, Timestamp arrival, core::Record& record,
                 std::string& why) {
  Findings found;
  for (const auto& texts : {own, shared})
    for (const auto& [name, value] : texts)
      if (const auto rank = rank_of(name); rank != kNone && found.wants(rank)) found.take(rank, value);
  fill_record(found, zone, arrival, record, why);
}

bool read_object(simdjson::ondemand::parser& parser, simdjson::padded_string_view raw, const core::Zone& zone,
                 Timestamp arrival, core::Record& record, std::string& why) {
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  auto error = parser.iterate(raw).get(document);
  if (!error) error = document.get_object().get(object);
  if (!error) error = read_record(object, zone, arrival, record, why);
  if (!error && document.current_location().error() != simdjson::OUT_OF_BOUNDS) error = simdjson::TRAILING_CONTENT;
  if (error) {
    why = std::string("broken JSON: ") + simdjson::error_message(error);
  }
  return why.empty();
}

}  // namespace countersign::webhooks
