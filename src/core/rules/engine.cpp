#include "core/rules/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

#include "base/text.hpp"
#include "core/rules/dispatch.hpp"
#include "core/rules/pattern.hpp"
#include "core/short_text.hpp"

namespace countersign::core {
namespace {

/// rsyslog's folding: "message repeated 2 times: [ MESSAGE]". Only one level: sshd's text could contain another.
void unfold(Classified& classified) {
  constexpr std::string_view kHead = "message repeated ";
  constexpr std::string_view kTail = " times: [";
  std::string_view text = classified.message;
  if (!text.starts_with(kHead) || !text.ends_with(']')) return;
  text.remove_prefix(kHead.size());
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 1) return;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(kTail)) return;
  text.remove_prefix(kTail.size());
  text.remove_suffix(1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  classified.message = text;
  classified.count = count;
}

/// Solaris: "[ID 800047 auth.info] MESSAGE".
void drop_message_id(std::string_view& message) {
  if (!message.starts_with("[ID ")) return;
  const auto end = message.find_first_not_of("0123456789", 4);
  const auto close = message.find("] ");
  if (end == 4 || end == std::string_view::npos || message[end] != ' ' || close == std::string_view::npos) return;
  if (message.substr(end + 1, close - end - 1).find_first_of(" []") != std::string_view::npos) return;
  message.remove_prefix(close + 2);
}

}  // namespace

struct Engine::Impl {
  struct Compiled {
    std::optional<Pattern> pattern;                   // none: a structured rule
    std::vector<std::pair<std::string, int>> fields;  // ECS name ← group number
  };
  struct Program {
    std::string name;
    std::unique_ptr<Dispatch> dispatch;
  };

  std::vector<Rule> rules;  // in the order they are tried
  std::vector<Compiled> compiled;
  std::vector<std::size_t> structured;  // the rules that say `where`
  // Few programs have rules, so those of a name's length are compared one by one.
  std::vector<std::vector<Program>> programs_by_length;

  /// nullptr where no rule is about it.
  [[nodiscard]] const Dispatch* program(std::string_view name) const {
    if (name.size() >= programs_by_length.size()) return nullptr;
    for (const auto& program : programs_by_length[name.size()]) {
      if (same_bytes(program.name.data(), name.data(), name.size())) return program.dispatch.get();
    }
    return nullptr;
  }

  Dispatch& program_for(const std::string& name) {
    if (name.size() >= programs_by_length.size()) programs_by_length.resize(name.size() + 1);
    auto& same_length = programs_by_length[name.size()];
    const auto known = std::ranges::find(same_length, name, &Program::name);
    if (known != same_length.end()) return *known->dispatch;
    return *same_length.emplace_back(name, std::make_unique<Dispatch>()).dispatch;
  }
};

Result<Engine> Engine::compile(std::vector<Rule> rules) {
  auto impl = std::make_unique<Impl>();
  for (const bool ignore : {false, true}) {
    std::ranges::copy_if(rules, std::back_inserter(impl->rules), [&](const Rule& r) { return r.ignore == ignore; });
  }
  std::string faults;
  std::unordered_map<std::string_view, const Rule*> ids;
  for (const Rule& rule : impl->rules) {
    const auto fault = [&](const std::string& what) {
      faults +=
          fmt::format("{}{}:{}: rule \"{}\": {}", faults.empty() ? "" : "\n", rule.file, rule.line, rule.id, what);
    };
    const auto [other, is_new] = ids.emplace(rule.id, &rule);
    if (!is_new) {
      fault(fmt::format("the id is taken by {}:{}; give it another", other->second->file, other->second->line));
    }
    if (rule.where.empty() && rule.programs.empty()) fault("names no program; add programs = [\"sshd\", …]");
    if (!rule.where.empty() && !rule.pattern.empty())
      fault("has both a pattern and where; a rule reads one or the other");
    const auto index = static_cast<std::uint32_t>(impl->compiled.size());
    if (!rule.where.empty()) {
      for (const auto& program : rule.programs)
        impl->program_for(program);
      impl->structured.push_back(index);
      impl->compiled.emplace_back();
      continue;
    }
    auto pattern = Pattern::compile(rule.pattern);
    if (!pattern) {
      fault(pattern.error().message);
      continue;
    }
    Impl::Compiled compiled{std::move(*pattern), {}};
    for (const auto& [name, group] : rule.fields) {
      const int number = compiled.pattern->group(group);
      if (number == 0)
        fault(fmt::format("field {} wants the group \"{}\", and the pattern has none of that name", name, group));
      compiled.fields.emplace_back(name, number);
    }
    for (const auto& program : rule.programs)
      for (const auto& prefix : compiled.pattern->prefixes())
        impl->program_for(program).add(prefix, index);
    impl->compiled.push_back(std::move(compiled));
  }
  if (!faults.empty()) return fail(Fault::invalid, "{}", faults);
  return Engine(std::move(impl));
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Classified Engine::classify(std::string_view program, std::string_view message) const {
  Classified result{Reading::ignored, nullptr, message, 1};
  const auto* known = impl_->program(program);
  if (known == nullptr) return result;
  if (message.starts_with('[')) drop_message_id(result.message);
  if (message.starts_with('m')) unfold(result);
  for (const auto index : known->candidates(result.message)) {
    if (!impl_->compiled[index].pattern->matches(result.message)) continue;
    result.rule = &impl_->rules[index];
    result.reading = result.rule->ignore ? Reading::ignored : Reading::event;
    return result;
  }
  result.reading = Reading::quarantined;
  return result;
}

Classified Engine::classify_naively(std::string_view program, std::string_view message) const {
  Classified result{Reading::ignored, nullptr, message, 1};
  if (!watches(program)) return result;
  drop_message_id(result.message);
  unfold(result);
  result.reading = Reading::quarantined;
  for (std::size_t i = 0; i < impl_->rules.size() && result.rule == nullptr; ++i) {
    const Rule& rule = impl_->rules[i];
    const auto& pattern = impl_->compiled[i].pattern;
    if (!pattern || std::ranges::find(rule.programs, program) == rule.programs.end()) continue;
    if (pattern->matches_by_automaton(result.message)) result.rule = &rule;
  }
  if (result.rule != nullptr) result.reading = result.rule->ignore ? Reading::ignored : Reading::event;
  return result;
}

std::optional<Classified> Engine::classify(std::string_view program, const Fields& fields,
                                           std::span<const std::string> allowed) const {
  const Rule* refused = nullptr;
  for (const auto index : impl_->structured) {
    const Rule& rule = impl_->rules[index];
    if (!program.empty() && std::ranges::find(rule.programs, program) == rule.programs.end()) continue;
    const auto holds_here = [&](const Comparison& comparison) {
      const auto* leaf = fields.find(comparison.field);
      return holds(comparison, leaf == nullptr ? std::string_view() : std::string_view(*leaf));
    };
    if (!std::ranges::all_of(rule.where, holds_here)) continue;
    if (rule.ignore && refused != nullptr) break;  // what is of interest, though not from here, is not dropped
    if (rule.ignore) return Classified{Reading::ignored, &rule, {}, 1, &fields};
    const auto allows = [&](const std::string& pattern) { return glob(pattern, rule.id); };
    if (!program.empty() || std::ranges::any_of(allowed, allows))
      return Classified{Reading::event, &rule, {}, 1, &fields};
    if (refused == nullptr) refused = &rule;
  }
  if (refused == nullptr) return std::nullopt;
  return Classified{Reading::quarantined, refused, {}, 1, &fields};
}

namespace {

/// "203.0.113.7:51234" or "[2001:db8::9]:51234" as its two halves; any other text is left whole, without a port.
std::pair<std::string_view, std::string_view> split_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {text, {}};
  const auto address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']'))
    return {address.substr(1, address.size() - 2), text.substr(colon + 1)};
  if (address.contains(':')) return {text, {}};
  return {address, text.substr(colon + 1)};
}

/// Seconds, milli- or microseconds since 1970, where the text is nothing but their digits.
std::optional<Timestamp> whole_epoch(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  if (text.size() <= 10) return from_micros(value * 1'000'000);
  if (text.size() <= 13) return from_micros(value * 1'000);
  return text.size() <= 16 ? std::optional(from_micros(value)) : std::nullopt;
}

void take_leaves(const Rule& rule, const Fields& fields, Event& event) {
  for (const auto& [name, path] : rule.fields) {
    const auto* leaf = fields.find(path);
    if (leaf == nullptr || leaf->empty() || !field(event, name).empty()) continue;
    if (name == "source.ip") {
      const auto [address, port] = split_endpoint(*leaf);
      set_field(event, name, normalise_address(address));
      if (!port.empty() && !event.port) set_field(event, "source.port", std::string(port));
    } else if (const auto time = name == "@timestamp" ? whole_epoch(*leaf) : std::nullopt) {
      event.time = *time;
    } else {
      set_field(event, name, *leaf);
    }
  }
}

/// `compiled` are the pairs of an ECS name and its group's number.
void take_groups(const Rule& rule, std::string_view message, const std::vector<std::pair<std::string, int>>& groups,
                 const std::vector<Capture>& captures, Event& event) {
  const char* const end = message.data() + message.size();
  const char* trusted_end = end;  // where what may have been cut begins
  if (rule.cut_at != 0 && message.size() >= rule.cut_at) {
    for (std::size_t i = 1; i < captures.size(); ++i) {
      const auto text = captures[i].text;
      if (captures[i].taken() && text.data() + text.size() == end) trusted_end = std::min(trusted_end, text.data());
    }
  }
  for (const auto& [name, group] : groups) {
    const auto& capture = captures[static_cast<std::size_t>(group)];
    if (!capture.taken() || capture.text.empty() || capture.text.data() >= trusted_end) continue;
    if (!field(event, name).empty()) continue;
    auto value = undo_vis(capture.text);
    if (name == "source.ip") value = normalise_address(value);
    set_field(event, name, std::move(value));
  }
}

}  // namespace

Event Engine::extract(const Classified& classified) const {
  const Rule& rule = *classified.rule;
  const auto& compiled = impl_->compiled[static_cast<std::size_t>(&rule - impl_->rules.data())];
  Event event;
  event.rule = rule.id;
  event.action = rule.action;
  event.outcome = rule.outcome;
  event.count = classified.count;
  if (compiled.pattern)
    take_groups(rule, classified.message, compiled.fields, compiled.pattern->capture(classified.message), event);
  else
    take_leaves(rule, *classified.fields, event);
  for (const auto& [name, value] : rule.set)
    if (field(event, name).empty()) set_field(event, name, value);
  return event;
}

std::span<const Rule> Engine::rules() const {
  return impl_->rules;
}

bool Engine::watches(std::string_view program) const {
  return impl_->program(program) != nullptr;
}

namespace {

Event event_of(const Engine& engine, const Classified& classified, const Record& record, Timestamp arrival) {
  auto event = engine.extract(classified);
  if (event.time == Timestamp{}) event.time = record.time.value_or(record.received_at.value_or(arrival));
  if (event.host.empty()) event.host = record.host;
  if (event.process.empty()) event.process = record.program;
  if (!event.pid) event.pid = record.pid;
  return event;
}

}  // namespace

std::optional<Interpretation> read_structured(const Engine& engine, const Record& record, Timestamp arrival,
                                              std::span<const std::string> allowed) {
  if (!record.fields) return std::nullopt;
  const auto classified = engine.classify(record.program, *record.fields, allowed);
  if (!classified) return std::nullopt;
  Interpretation result{*classified, {}, {}};
  if (classified->reading == Reading::event) result.event = event_of(engine, *classified, record, arrival);
  return result;
}

Interpretation read(const Engine& engine, const Record& record, Timestamp arrival) {
  if (auto structured = read_structured(engine, record, arrival)) return *std::move(structured);
  Interpretation result;
  result.classified = engine.classify(record.program, record.message);
  // Nobody can say whose message it is: not to be trusted as any rule's, not to be lost either.
  if (record.program.empty()) result.classified.reading = Reading::quarantined;
  if (result.classified.reading == Reading::event) result.event = event_of(engine, result.classified, record, arrival);
  if (!record.writer) return result;
  const auto& event = result.event;
  const bool login = event.action == "ssh_login" && event.outcome != "failure";
  result.mismatch = disagreement(*record.writer, record.program, login);
  if (result.classified.reading == Reading::event && !result.mismatch.empty())
    set_field(result.event, "log.mismatch", result.mismatch);
  return result;
}

}  // namespace countersign::core
