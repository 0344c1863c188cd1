#include "core/rules/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>

#include "base/text.hpp"
#include "core/rules/dispatch.hpp"
#include "core/rules/pattern.hpp"
#include "core/rules/same_bytes.hpp"

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

}  // namespace

struct Engine::Impl {
  struct Compiled {
    Pattern pattern;
    std::vector<std::pair<std::string, int>> fields;  // ECS name ← group number
  };
  struct Program {
    std::string name;
    Dispatch dispatch;
  };

  std::vector<Rule> rules;  // in the order they are tried
  std::vector<Compiled> compiled;
  // Few programs have rules, so those of a name's length are compared one by one.
  std::vector<std::vector<std::unique_ptr<Program>>> programs_by_length;

  [[nodiscard]] const Program* program(std::string_view name) const {
    if (name.size() >= programs_by_length.size()) return nullptr;
    for (const auto& program : programs_by_length[name.size()]) {
      if (same_bytes(program->name.data(), name.data(), name.size())) return program.get();
    }
    return nullptr;
  }

  Program& program_for(const std::string& name) {
    if (name.size() >= programs_by_length.size()) programs_by_length.resize(name.size() + 1);
    auto& same_length = programs_by_length[name.size()];
    const auto known =
        std::ranges::find(same_length, name, [](const auto& p) -> const std::string& { return p->name; });
    if (known != same_length.end()) return **known;
    same_length.push_back(std::make_unique<Program>(Program{name, {}}));
    return *same_length.back();
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
    if (rule.programs.empty()) fault("names no program; add programs = [\"sshd\", …]");
    auto pattern = Pattern::compile(rule.pattern);
    if (!pattern) {
      fault(pattern.error().message);
      continue;
    }
    Impl::Compiled compiled{std::move(*pattern), {}};
    for (const auto& [name, group] : rule.fields) {
      const int number = compiled.pattern.group(group);
      if (number == 0)
        fault(fmt::format("field {} wants the group \"{}\", and the pattern has none of that name", name, group));
      compiled.fields.emplace_back(name, number);
    }
    const auto index = static_cast<std::uint32_t>(impl->compiled.size());
    for (const auto& program : rule.programs)
      impl->program_for(program).dispatch.add(compiled.pattern.prefix(), index);
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
  if (message.starts_with('m')) unfold(result);
  for (const auto index : known->dispatch.candidates(result.message)) {
    if (!impl_->compiled[index].pattern.matches(result.message)) continue;
    result.rule = &impl_->rules[index];
    result.reading = result.rule->ignore ? Reading::ignored : Reading::event;
    return result;
  }
  result.reading = Reading::quarantined;
  return result;
}

Event Engine::extract(const Classified& classified) const {
  const Rule& rule = *classified.rule;
  const auto& compiled = impl_->compiled[static_cast<std::size_t>(&rule - impl_->rules.data())];
  Event event;
  event.rule = rule.id;
  event.action = rule.action;
  event.outcome = rule.outcome;
  event.count = classified.count;

  const auto captures = compiled.pattern.capture(classified.message);
  const char* const end = classified.message.data() + classified.message.size();
  const char* trusted_end = end;  // where what may have been cut begins
  if (rule.cut_at != 0 && classified.message.size() >= rule.cut_at) {
    for (std::size_t i = 1; i < captures.size(); ++i) {
      const auto text = captures[i].text;
      if (captures[i].taken() && text.data() + text.size() == end) trusted_end = std::min(trusted_end, text.data());
    }
  }
  for (const auto& [name, group] : compiled.fields) {
    const auto& capture = captures[static_cast<std::size_t>(group)];
    if (!capture.taken() || capture.text.empty() || capture.text.data() >= trusted_end) continue;
    if (!field(event, name).empty()) continue;
    auto value = undo_vis(capture.text);
    if (name == "source.ip") value = normalise_address(value);
    set_field(event, name, std::move(value));
  }
  return event;
}

std::span<const Rule> Engine::rules() const {
  return impl_->rules;
}

bool Engine::watches(std::string_view program) const {
  return impl_->program(program) != nullptr;
}

Interpretation read(const Engine& engine, const Record& record, Timestamp arrival) {
  Interpretation result;
  result.classified = engine.classify(record.program, record.message);
  // Nobody can say whose message it is: not to be trusted as any rule's, not to be lost either.
  if (record.program.empty()) result.classified.reading = Reading::quarantined;
  if (result.classified.reading != Reading::event) return result;
  result.event = engine.extract(result.classified);
  result.event.time = record.time.value_or(record.received_at.value_or(arrival));
  result.event.host = record.host;
  result.event.process = record.program;
  result.event.pid = record.pid;
  return result;
}

namespace {

/// What is wrong with an example when `program` says it; empty: nothing.
std::string wrong(const Engine& engine, const Rule& rule, std::string_view program, const Example& example) {
  const auto read = engine.classify(program, example.message);
  if (read.rule == nullptr) return "should match and does not";
  if (read.rule != &rule) return fmt::format("should match and is taken by rule \"{}\"", read.rule->id);
  if (rule.ignore) return {};
  const auto event = engine.extract(read);
  for (const auto& [name, expected] : example.fields) {
    const auto found = field(event, name);
    if (found != expected) {
      return fmt::format("should give {} = \"{}\" and gives \"{}\"", name, one_line(expected), one_line(found));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> check_examples(const Engine& engine) {
  std::vector<std::string> faults;
  for (const Rule& rule : engine.rules()) {
    const auto fault = [&](const std::string& line, const std::string& what) {
      faults.push_back(
          fmt::format("{}:{}: rule \"{}\": \"{}\" {}", rule.file, rule.line, rule.id, one_line(line), what));
    };
    for (const auto& example : rule.matches) {
      for (const auto& program : rule.programs) {
        const auto what = wrong(engine, rule, program, example);
        if (what.empty()) continue;
        fault(example.message, what);
        break;
      }
    }
    for (const auto& line : rule.rejects) {
      if (std::ranges::any_of(rule.programs, [&](const auto& p) { return engine.classify(p, line).rule == &rule; })) {
        fault(line, "should be rejected and matches");
      }
    }
  }
  return faults;
}

}  // namespace countersign::core
