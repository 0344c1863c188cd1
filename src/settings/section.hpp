// One TOML table being read: typed look-ups that note what is wrong with file, line and mend, and remember which keys
// were asked for, so that whatever is left over is an unknown key. Lives while its Document does; one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"
#include "settings/problem.hpp"

namespace toml {
inline namespace v3 {
class table;
class node;
}  // namespace v3
}  // namespace toml

namespace countersign::settings {

class Section {
 public:
  /// `name` is what problems call it: "[server]".
  Section(const toml::table& table, std::string name, std::string file, Problems& problems);

  [[nodiscard]] bool has(std::string_view key) const;
  std::optional<std::string> text(std::string_view key);
  std::string text(std::string_view key, std::string_view otherwise);
  std::string required(std::string_view key);  // a problem where it is missing or empty
  bool flag(std::string_view key, bool otherwise);
  std::int64_t number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t otherwise);
  Duration duration(std::string_view key, Duration otherwise);
  std::vector<std::string> texts(std::string_view key, std::vector<std::string> otherwise = {});
  std::optional<std::chrono::sys_days> date(std::string_view key);
  std::optional<Timestamp> time(std::string_view key);
  /// A path, made absolute from the configuration file's folder.
  std::optional<std::string> path(std::string_view key);
  std::vector<std::string> paths(std::string_view key);

  /// `key_file`, `key_env` or, warned about, `key` itself; the first two may be lists (rotation).
  std::vector<Secret> secrets(std::string_view key);
  Secret secret(std::string_view key);

  /// NAME = "text", or NAME = ["first", "else"], as pairs in the file's order of names.
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view key);

  std::optional<Section> section(std::string_view key);
  std::vector<Section> each(std::string_view key);                           // [[key]]
  std::vector<std::pair<std::string, Section>> named(std::string_view key);  // [key.NAME]
  /// Entries that may be a text or a table: (text, or the table's section).
  std::vector<std::pair<std::string, std::optional<Section>>> texts_or_sections(std::string_view key);

  /// What is wrong, or only worth saying, at that key (or at the table itself where it has none).
  void problem(std::string_view key, std::string text);
  void warn(std::string_view key, std::string text);
  /// Keys read elsewhere, or accepted and without effect.
  void accept(std::initializer_list<std::string_view> keys);
  /// Names every key nobody asked for, with the nearest known one. Call once, last.
  void finish();

  [[nodiscard]] int line(std::string_view key) const;
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const toml::node* look(std::string_view key);
  std::vector<std::string> strings(std::string_view key, const toml::node& node);
  std::string resolve(std::string_view path) const;
  Secret from_file(std::string_view key, const std::string& path);
  Secret from_environment(std::string_view key, const std::string& variable);

  const toml::table* table_;
  std::string name_, file_;
  Problems* problems_;
  std::set<std::string, std::less<>> known_;
};

/// A parsed file; sections point into it.
class Document {
 public:
  static constexpr std::size_t longest = 16 << 20;  // bytes of a file

  /// Syntax errors and unreadable files become problems; root() is then empty.
  Document(std::string file, Problems& problems);
  /// The same of a text that is there already; `file` is what problems call it.
  Document(std::string_view text, std::string file, Problems& problems);
  ~Document();
  Document(Document&&) noexcept;
  [[nodiscard]] std::optional<Section> root();

 private:
  struct Parsed;
  void parse(std::string_view text);
  void refused(int line, std::string_view why);

  std::unique_ptr<Parsed> parsed_;
  std::string file_;
  Problems* problems_;
};

}  // namespace countersign::settings
