#include "settings/section.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "base/file.hpp"
#include "base/text.hpp"

namespace countersign::settings {

std::string to_text(const Problem& problem) {
  return fmt::format("{}:{}: {}{}", problem.file, problem.line, problem.warning ? "warning: " : "", problem.text);
}

bool has_errors(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) { return !problem.warning; });
}

void sort_by_place(Problems& problems) {
  std::ranges::sort(problems, {},
                    [](const Problem& problem) { return std::tie(problem.file, problem.line, problem.text); });
}

Section::Section(const toml::table& table, std::string name, std::string file, Problems& problems)
    : table_(&table), name_(std::move(name)), file_(std::move(file)), problems_(&problems) {}

int Section::line(std::string_view key) const {
  if (const auto found = table_->find(key); found != table_->end())
    return static_cast<int>(found->first.source().begin.line);
  return std::max(1, static_cast<int>(table_->source().begin.line));
}

void Section::problem(std::string_view key, std::string text) {
  problems_->push_back({file_, line(key), std::move(text), false});
}

void Section::warn(std::string_view key, std::string text) {
  problems_->push_back({file_, line(key), std::move(text), true});
}

const toml::node* Section::look(std::string_view key) {
  known_.emplace(key);
  return table_->get(key);
}

bool Section::has(std::string_view key) const {
  return table_->contains(key);
}

void Section::accept(std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    known_.emplace(key);
}

void Section::finish() {
  for (const auto& [key, value] : *table_) {
    if (known_.contains(key.str())) continue;
    const auto close = nearest(key.str(), known_);
    const auto where = name_.empty() ? "" : fmt::format(" in {}", name_);
    problem(key.str(), close.empty() ? fmt::format("unknown key '{}'{}; remove it", one_line(key.str(), 60), where)
                                     : fmt::format("unknown key '{}'{}; did you mean '{}'?", one_line(key.str(), 60),
                                                   where, close));
  }
}

std::optional<std::string> Section::text(std::string_view key) {
  const auto* node = look(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<std::string>()) return *value;
  problem(key, fmt::format("'{}' must be text in quotes", key));
  return std::nullopt;
}

std::string Section::text(std::string_view key, std::string_view otherwise) {
  return text(key).value_or(std::string(otherwise));
}

std::string Section::required(std::string_view key) {
  const bool there = has(key);
  auto value = text(key).value_or("");
  if (value.empty() && (!there || table_->get(key)->is_string()))
    problem(key, fmt::format("{} needs '{}'; add {} = \"…\"", name_, key, key));
  return value;
}

bool Section::flag(std::string_view key, bool otherwise) {
  const auto* node = look(key);
  if (!node) return otherwise;
  if (const auto value = node->value_exact<bool>()) return *value;
  problem(key, fmt::format("'{}' must be true or false", key));
  return otherwise;
}

std::int64_t Section::number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
  const auto* node = look(key);
  if (!node) return otherwise;
  if (const auto value = node->value_exact<std::int64_t>(); value && *value >= least && *value <= most) return *value;
  problem(key, fmt::format("'{}' must be a number from {} to {}", key, least, most));
  return otherwise;
}

std::vector<std::pair<std::string, std::string>> Section::pairs(std::string_view key) {
  std::vector<std::pair<std::string, std::string>> all;
  const auto* node = look(key);
  const auto* table = node ? node->as_table() : nullptr;
  if (node && !table) problem(key, fmt::format("'{0}' must be a table: {0} = {{ \"user.name\" = \"…\" }}", key));
  if (!table) return all;
  for (const auto& [name, value] : *table)
    for (auto& text : strings(key, value))
      all.emplace_back(std::string(name.str()), std::move(text));
  return all;
}

Duration Section::duration(std::string_view key, Duration otherwise) {
  const auto given = text(key);
  if (!given) return otherwise;
  const auto value = parse_duration(*given);
  if (value) return *value;
  problem(key, fmt::format("'{}': {}", key, value.error().message));
  return otherwise;
}

std::vector<std::string> Section::strings(std::string_view key, const toml::node& node) {
  if (const auto value = node.value_exact<std::string>()) return {*value};
  std::vector<std::string> values;
  const auto* array = node.as_array();
  if (!array) {
    problem(key, fmt::format("'{}' must be a list of texts: [\"…\"]", key));
    return values;
  }
  for (const auto& element : *array) {
    if (const auto value = element.value_exact<std::string>())
      values.push_back(*value);
    else
      problem(key, fmt::format("'{}' holds something that is no text; put it in quotes", key));
  }
  return values;
}

std::vector<std::string> Section::texts(std::string_view key, std::vector<std::string> otherwise) {
  const auto* node = look(key);
  return node ? strings(key, *node) : std::move(otherwise);
}

std::optional<std::chrono::sys_days> Section::date(std::string_view key) {
  const auto* node = look(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<toml::date>())
    return std::chrono::sys_days(std::chrono::year(value->year) / value->month / value->day);
  problem(key, fmt::format("'{}' must be a date without quotes: {} = 2027-01-31", key, key));
  return std::nullopt;
}

std::optional<Timestamp> Section::time(std::string_view key) {
  const auto* node = look(key);
  if (!node) return std::nullopt;
  if (const auto value = node->value_exact<toml::date_time>(); value && value->offset) {
    const auto day = std::chrono::sys_days(std::chrono::year(value->date.year) / value->date.month / value->date.day);
    return Timestamp(day) + std::chrono::hours(value->time.hour) +
           std::chrono::minutes(value->time.minute - value->offset->minutes) + std::chrono::seconds(value->time.second);
  }
  if (const auto value = node->value_exact<std::string>())
    if (const auto parsed = parse_rfc3339(*value)) return *parsed;
  problem(key, fmt::format("'{}' must be a time with its zone: {} = 2026-11-20T18:00:00Z", key, key));
  return std::nullopt;
}

std::string Section::resolve(std::string_view path) const {
  const std::filesystem::path given(path);
  return given.is_absolute() ? given.string() : (std::filesystem::absolute(file_).parent_path() / given).string();
}

std::optional<std::string> Section::path(std::string_view key) {
  const auto given = text(key);
  return given ? std::optional(resolve(*given)) : std::nullopt;
}

std::vector<std::string> Section::paths(std::string_view key) {
  auto given = texts(key);
  for (auto& path : given)
    path = resolve(path);
  return given;
}

std::optional<Section> Section::section(std::string_view key) {
  const auto* node = look(key);
  if (!node) return std::nullopt;
  if (const auto* table = node->as_table()) return Section(*table, fmt::format("[{}]", key), file_, *problems_);
  problem(key, fmt::format("'{}' must be a table: [{}]", key, key));
  return std::nullopt;
}

std::vector<Section> Section::each(std::string_view key) {
  std::vector<Section> sections;
  const auto* node = look(key);
  const auto* array = node ? node->as_array() : nullptr;
  if (node && (!array || !array->is_array_of_tables()))
    problem(key, fmt::format("'{}' must be a list of tables; write [[{}]] above each", key, key));
  else if (array)
    for (const auto& element : *array)
      sections.emplace_back(*element.as_table(), fmt::format("[[{}]]", key), file_, *problems_);
  return sections;
}

std::vector<std::pair<std::string, Section>> Section::named(std::string_view key) {
  std::vector<std::pair<std::string, Section>> sections;
  const auto* node = look(key);
  const auto* table = node ? node->as_table() : nullptr;
  if (node && !table) problem(key, fmt::format("'{}' needs a name: [{}.NAME]", key, key));
  if (!table) return sections;
  for (const auto& [name, value] : *table) {
    if (const auto* inner = value.as_table())
      sections.emplace_back(std::string(name.str()),
                            Section(*inner, fmt::format("[{}.{}]", key, name.str()), file_, *problems_));
    else
      problem(key, fmt::format("'{}.{}' must be a table: [{}.{}]", key, name.str(), key, name.str()));
  }
  return sections;
}

std::vector<std::pair<std::string, std::optional<Section>>> Section::texts_or_sections(std::string_view key) {
  std::vector<std::pair<std::string, std::optional<Section>>> entries;
  const auto* node = look(key);
  const auto* array = node ? node->as_array() : nullptr;
  if (node && !array) problem(key, fmt::format("'{}' must be a list", key));
  if (!array) return entries;
  for (const auto& element : *array) {
    if (const auto value = element.value_exact<std::string>())
      entries.emplace_back(*value, std::nullopt);
    else if (const auto* table = element.as_table())
      entries.emplace_back("", Section(*table, fmt::format("'{}'", key), file_, *problems_));
    else
      problem(key, fmt::format("'{}' holds something that is neither text nor table", key));
  }
  return entries;
}

struct Document::Parsed {
  toml::table table;
};

Document::Document(std::string file, Problems& problems) : file_(std::move(file)), problems_(&problems) {
  const auto text = read_file(file_, longest);
  if (text)
    parse(*text);
  else
    refused(1, fmt::format("can't be read: {}; it must be a file this user may read", text.error().message));
}

Document::Document(std::string_view text, std::string file, Problems& problems)
    : file_(std::move(file)), problems_(&problems) {
  parse(text);
}

void Document::parse(std::string_view text) {
  try {
    parsed_ = std::make_unique<Parsed>(Parsed{toml::parse(text, file_)});
  } catch (const toml::parse_error& error) {
    refused(static_cast<int>(error.source().begin.line), error.description());
  }
}

void Document::refused(int line, std::string_view why) {
  problems_->push_back({file_, std::max(1, line), one_line(why, 300), false});
}

Document::~Document() = default;
Document::Document(Document&&) noexcept = default;

std::optional<Section> Document::root() {
  if (!parsed_) return std::nullopt;
  return Section(parsed_->table, "", file_, *problems_);
}

}  // namespace countersign::settings
