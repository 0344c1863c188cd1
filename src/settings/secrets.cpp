// Where secrets come from: a file, an environment variable, or, warned about, the configuration itself.
#include <fmt/format.h>

#include <cstdlib>

#include "base/file.hpp"
#include "settings/section.hpp"

namespace countersign::settings {
namespace {

constexpr std::size_t longest = 64 * 1024;  // a token, a key; not a log

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return text;
}

}  // namespace

Secret Section::from_file(std::string_view key, const std::string& path) {
  auto text = read_file(path, longest);
  if (!text) {
    problem(key, fmt::format("can't read the secret in {}: {}; create it, one line, readable by this user", path,
                             text.error().message));
    return {};
  }
  Secret value(without_line_end(*std::move(text)));
  if (value.empty()) {
    problem(key, fmt::format("the secret in {} is empty; write one line into it", path));
    return {};
  }
  return value;
}

Secret Section::from_environment(std::string_view key, const std::string& variable) {
  const char* value = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe): nobody here changes it
  if (value && *value) return Secret(value);
  problem(key, fmt::format("the environment has no {}; set it before the start", variable));
  return {};
}

std::vector<Secret> Section::secrets(std::string_view key) {
  std::vector<Secret> found;
  const auto add = [&](Secret secret) {
    if (!secret.empty()) found.push_back(std::move(secret));
  };
  const auto file_key = fmt::format("{}_file", key), env_key = fmt::format("{}_env", key);
  const auto need_some = [&](std::string_view list, const std::vector<std::string>& given, std::size_t said) {
    if (has(list) && given.empty() && problems_->size() == said)
      problem(list, fmt::format("'{}' is an empty list, so the secret is nobody's; name one", list));
  };
  auto said = problems_->size();
  const auto files = paths(file_key);
  need_some(file_key, files, said);
  for (const auto& path : files)
    add(from_file(file_key, path));
  said = problems_->size();
  const auto variables = texts(env_key);
  need_some(env_key, variables, said);
  for (const auto& variable : variables)
    add(from_environment(env_key, variable));
  if (has(key))
    warn(key, fmt::format("'{}' stands in the configuration; keep it in a file: {}_file = \"…\"", key, key));
  for (auto& value : texts(key))
    add(Secret(std::move(value)));
  return found;
}

Secret Section::secret(std::string_view key) {
  auto all = secrets(key);
  if (all.size() > 1) problem(key, fmt::format("'{}' is given {} times; one is needed", key, all.size()));
  return all.empty() ? Secret() : std::move(all.front());
}

}  // namespace countersign::settings
