#include "main/config/config.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {
namespace {

/// Tables that later versions serve: known, checked no further, and said to be without effect.
void read_later(Section& root) {
  root.accept({"retention", "action"});
  for (const auto key : {"retention", "action"})
    if (root.has(key)) root.warn(key, fmt::format("this version does not use [{}] yet", key));
}

void read_people_directory(Section& root, Config& config, Roll& roll, Timestamp now, Problems& problems) {
  auto people = root.section("people");
  if (!people) return;
  const auto directory = people->path("directory");
  people->finish();
  if (!directory) return;
  config.people_directory = *directory;
  const auto files = list_folder(*directory, ".toml");
  if (!files)
    return people->problem(
        "directory", fmt::format("can't list {}: {}; create it or remove the line", *directory, files.error().message));
  for (const auto& file : *files) {
    Document document(file, problems);
    if (auto inner = document.root()) {
      read_people(*inner, config.directory, roll, now);
      inner->finish();
    }
  }
}

}  // namespace

LoadedConfig load_config(const std::string& file) {
  return load_config(file, SystemClock().now());
}

LoadedConfig load_config(const std::string& file, Timestamp now) {
  LoadedConfig loaded;
  auto& config = loaded.config;
  config.file = file;
  Document document(file, loaded.problems);
  auto root = document.root();
  if (!root) return loaded;
  read_server(*root, config);
  read_sources(*root, config);
  read_backfills(*root, config);
  read_chat(*root, config);
  read_schedule(*root, config);
  read_pagers(*root, config);
  read_exports(*root, config);
  read_canaries(*root, config);
  read_audit(*root, config);
  Roll roll;
  read_people(*root, config.directory, roll, now);
  read_people_directory(*root, config, roll, now, loaded.problems);
  read_tokens(*root, config);
  read_agents(*root, config);
  read_later(*root);
  check_whole(*root, config);
  root->finish();
  settings::sort_by_place(loaded.problems);
  return loaded;
}

}  // namespace countersign::cli
