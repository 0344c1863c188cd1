#include "intake/rotation.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>
#include <tuple>

namespace countersign::intake {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view zipped = ".gz";
constexpr std::size_t most_files = 4096;  // looked at in a folder

struct Rotated {
  std::string path;
  bool numbered = false;
  std::uint64_t order = 0;  // the number, or the date's digits

  [[nodiscard]] auto rank() const { return std::tuple(!numbered, numbered ? order : ~order, path); }
};

/// What stands behind NAME: ".1", "-20261126", "-20261126-1764119400", with or without ".gz".
std::optional<Rotated> read_suffix(std::string_view suffix) {
  if (suffix.ends_with(zipped)) suffix.remove_suffix(zipped.size());
  if (suffix.size() < 2 || (suffix.front() != '.' && suffix.front() != '-')) return std::nullopt;
  Rotated rotated;
  std::string digits;
  for (const char c : suffix.substr(1)) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (c != '-' && c != '_' && c != '.')
      return std::nullopt;
  }
  digits.resize(std::min<std::size_t>(digits.size(), 19));
  if (std::from_chars(digits.data(), digits.data() + digits.size(), rotated.order).ec != std::errc{})
    return std::nullopt;
  constexpr std::size_t date_size = 6;
  rotated.numbered = suffix.front() == '.' && digits.size() < date_size;
  return rotated;
}

template <typename Visit>
void for_each_file(const fs::path& folder, Visit visit) {
  std::error_code error;
  std::size_t seen = 0;
  for (fs::directory_iterator at(folder, error), end; !error && at != end && seen < most_files; at.increment(error)) {
    ++seen;
    visit(*at);
  }
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

std::vector<std::string> rotated_files(const std::string& path) {
  const auto name = fs::path(path).filename().string();
  std::vector<Rotated> found;
  for_each_file(folder_of(path), [&](const fs::directory_entry& entry) {
    const auto other = entry.path().filename().string();
    if (!other.starts_with(name)) return;
    auto rotated = read_suffix(std::string_view(other).substr(name.size()));
    if (!rotated) return;
    rotated->path = entry.path().string();
    found.push_back(*std::move(rotated));
  });
  std::ranges::sort(found, {}, &Rotated::rank);
  std::set<std::string> plain;
  for (const auto& file : found)
    if (!file.path.ends_with(zipped)) plain.insert(file.path);
  std::vector<std::string> paths;
  for (auto& file : found)
    if (!file.path.ends_with(zipped) || !plain.contains(file.path.substr(0, file.path.size() - zipped.size())))
      paths.push_back(std::move(file.path));
  return paths;
}

std::optional<std::string> file_of_inode(const std::string& path, std::uint64_t inode) {
  std::error_code error;
  std::set<std::string> folders{folder_of(path).string()};
  if (const auto target = fs::canonical(path, error); !error) folders.insert(folder_of(target).string());
  std::optional<std::string> found;
  for (const auto& folder : folders)
    for_each_file(folder, [&](const fs::directory_entry& entry) {
      if (!found && inode_of(entry.path().string()) == inode) found = entry.path().string();
    });
  return found;
}

std::optional<std::uint64_t> inode_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status.st_ino;
}

bool has_content(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

}  // namespace countersign::intake
