#include "core/rules/examples.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::core {
namespace {

/// A line read as `program`'s, by the rules that would read it there.
Classified classify_line(const Engine& engine, const Rule& rule, std::string_view program, std::string_view line,
                         const std::optional<Fields>& fields) {
  if (!rule.where.empty() && fields)
    if (const auto structured = engine.classify(program, *fields)) return *structured;
  return engine.classify(program, line);
}

std::vector<std::string> programs_of(const Rule& rule) {
  return rule.programs.empty() ? std::vector<std::string>{""} : rule.programs;
}

std::string wrong_terms(const Rule& rule, const Event& event, const Example& example) {
  const auto terms = terms_of(rule, event);
  constexpr const char* names[] = {"normal", "high", "critical"};
  const auto name = [&](Severity severity) { return names[static_cast<std::size_t>(severity)]; };
  if (example.severity && *example.severity != terms.severity)
    return fmt::format("should be of severity {} and is {}", name(*example.severity), name(terms.severity));
  if (example.ask && *example.ask != terms.ask)
    return *example.ask ? "should ask and does not" : "should not ask and does";
  return {};
}

/// What is wrong with an example when `program` says it; empty: nothing.
std::string wrong(const Engine& engine, const Rule& rule, const Classified& read, const Example& example) {
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
  return wrong_terms(rule, event, example);
}

Trial try_match(const Engine& engine, const Rule& rule, const Example& example, const ReadFields& read_fields) {
  Trial trial{&rule, true, example.message, {}, {}};
  const auto fields = rule.where.empty() ? std::nullopt : read_fields(example.message);
  if (!rule.where.empty() && !fields) {
    trial.wrong = "should match and is no JSON object";
    return trial;
  }
  for (const auto& program : programs_of(rule)) {
    const auto read = classify_line(engine, rule, program, example.message, fields);
    trial.wrong = wrong(engine, rule, read, example);
    if (!trial.wrong.empty()) return trial;
    if (read.reading == Reading::event) trial.event = engine.extract(read);
  }
  return trial;
}

Trial try_reject(const Engine& engine, const Rule& rule, const std::string& line, const ReadFields& read_fields) {
  Trial trial{&rule, false, line, {}, {}};
  const auto fields = rule.where.empty() ? std::nullopt : read_fields(line);
  for (const auto& program : programs_of(rule))
    if (classify_line(engine, rule, program, line, fields).rule == &rule)
      trial.wrong = "should be rejected and matches";
  return trial;
}

}  // namespace

std::vector<Trial> try_examples(const Engine& engine, const ReadFields& read_fields) {
  std::vector<Trial> trials;
  for (const Rule& rule : engine.rules()) {
    for (const auto& example : rule.matches)
      trials.push_back(try_match(engine, rule, example, read_fields));
    for (const auto& line : rule.rejects)
      trials.push_back(try_reject(engine, rule, line, read_fields));
  }
  return trials;
}

std::vector<std::string> check_examples(const Engine& engine, const ReadFields& read_fields) {
  std::vector<std::string> faults;
  for (const auto& trial : try_examples(engine, read_fields))
    if (!trial.wrong.empty())
      faults.push_back(fmt::format("{}:{}: rule \"{}\": \"{}\" {}", trial.rule->file, trial.rule->line, trial.rule->id,
                                   one_line(trial.line), trial.wrong));
  return faults;
}

}  // namespace countersign::core
