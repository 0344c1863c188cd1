#include "core/event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "core/event_fields.hpp"

namespace countersign::core {
namespace {

struct TextField {
  std::string_view name;
  std::string Event::* member;
};

// In the contract's order; the numbers stand between them (for_each_field).
constexpr TextField kHead[] = {
    {"rule.id", &Event::rule}, {"event.action", &Event::action}, {"event.outcome", &Event::outcome}};
constexpr TextField kOrigin[] = {{"host.name", &Event::host}, {"process.name", &Event::process}};
constexpr TextField kSubject[] = {{"user.name", &Event::user}, {"source.ip", &Event::address}};
constexpr TextField kSsh[] = {{"ssh.method", &Event::method},
                              {"ssh.key.type", &Event::key_type},
                              {"ssh.key.fingerprint", &Event::key},
                              {"ssh.certificate.id", &Event::certificate},
                              {"ssh.certificate.serial", &Event::serial},
                              {"ssh.ca.fingerprint", &Event::authority}};

std::string Event::* text_member(std::string_view name) {
  for (std::span<const TextField> group : {std::span<const TextField>(kHead), std::span<const TextField>(kOrigin),
                                           std::span<const TextField>(kSubject), std::span<const TextField>(kSsh)}) {
    for (const auto& field : group) {
      if (field.name == name) return field.member;
    }
  }
  return nullptr;
}

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

bool is_dotted_quad(std::string_view text) {
  int parts = 0;
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.size() > 3 || !whole_number(part, 0, 255)) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

void set_field(Event& event, std::string_view name, std::string value) {
  if (const auto member = text_member(name)) {
    event.*member = std::move(value);
  } else if (name == "@timestamp") {
    if (const auto time = parse_rfc3339(value)) event.time = *time;
  } else if (name == "event.count") {
    event.count = whole_number(value, 1, INT64_MAX).value_or(event.count);
  } else if (name == "process.pid") {
    event.pid = whole_number(value, 0, INT64_MAX);
  } else if (name == "source.port") {
    event.port = whole_number(value, 0, 65535);
  } else {
    const auto known = std::ranges::find(event.more, name, &std::pair<std::string, std::string>::first);
    if (known != event.more.end()) {
      known->second = std::move(value);
    } else {
      event.more.emplace_back(std::string(name), std::move(value));
    }
  }
}

std::string field(const Event& event, std::string_view name) {
  if (const auto member = text_member(name)) return event.*member;
  if (name == "@timestamp") return event.time == Timestamp{} ? std::string() : to_rfc3339(event.time);
  if (name == "event.count") return fmt::to_string(event.count);
  if (name == "process.pid") return event.pid ? fmt::to_string(*event.pid) : std::string();
  if (name == "source.port") return event.port ? fmt::to_string(*event.port) : std::string();
  const auto known = std::ranges::find(event.more, name, &std::pair<std::string, std::string>::first);
  return known == event.more.end() ? std::string() : known->second;
}

std::vector<std::string_view> own_fields() {
  std::vector<std::string_view> names{"@timestamp"};
  const auto add = [&](std::span<const TextField> fields) {
    for (const auto& field : fields)
      names.push_back(field.name);
  };
  add(kHead);
  names.emplace_back("event.count");
  add(kOrigin);
  names.emplace_back("process.pid");
  add(kSubject);
  names.emplace_back("source.port");
  add(kSsh);
  return names;
}

void for_each_field(const Event& event,
                    const std::function<void(std::string_view name, std::string_view text, bool is_number)>& visit) {
  const auto texts = [&](std::span<const TextField> fields) {
    for (const auto& [name, member] : fields) {
      if (!(event.*member).empty()) visit(name, event.*member, false);
    }
  };
  const auto number = [&](std::string_view name, std::optional<std::int64_t> value) {
    if (value) visit(name, fmt::to_string(*value), true);
  };
  if (event.time != Timestamp{}) visit("@timestamp", to_rfc3339(event.time), false);
  texts(kHead);
  number("event.count", event.count);
  texts(kOrigin);
  number("process.pid", event.pid);
  texts(kSubject);
  number("source.port", event.port);
  texts(kSsh);
  for (const auto& [name, value] : event.more) {
    if (!value.empty()) visit(name, value, false);
  }
}

std::string normalise_address(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  const bool quad = is_dotted_quad(address);
  if (quad || !address.contains(':')) return std::string(address);  // a host name stays as the log has it
  std::string result(address);
  // A zone (after '%') is an interface's name, where case counts.
  const auto zone = std::min(result.find('%'), result.size());
  std::transform(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(zone), result.begin(), lower);
  if (result.starts_with(kMapped) && is_dotted_quad(std::string_view(result).substr(kMapped.size()))) {
    result.erase(0, kMapped.size());
  }
  return result;
}

}  // namespace countersign::core
