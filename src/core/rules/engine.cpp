#include "core/rules/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

#include "base/text.hpp"
#include "core/rules/dispatch.hpp"
#include "core/rules/pattern.hpp"
#include "core/rules/take.hpp"
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
    const auto holds_here = [&](const Comparison& comparison) { return holds(comparison, fields); };
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

Event Engine::extract(const Classified& classified) const {
  return extract(classified, false);
}

Event Engine::extract_naively(const Classified& classified) const {
  return extract(classified, true);
}

Event Engine::extract(const Classified& classified, bool naively) const {
  const Rule& rule = *classified.rule;
  const auto& compiled = impl_->compiled[static_cast<std::size_t>(&rule - impl_->rules.data())];
  Event event;
  event.rule = rule.id;
  event.action = rule.action;
  event.outcome = rule.outcome;
  event.count = classified.count;
  const auto& [pattern, groups] = compiled;
  if (pattern)
    take_groups(rule, classified.message, groups,
                naively ? pattern->capture_by_automaton(classified.message) : pattern->capture(classified.message),
                event);
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

}  // namespace countersign::core
