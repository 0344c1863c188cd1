#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace countersign {
namespace {

/// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

std::string words_of(int error) {
  return std::generic_category().message(error);
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  // Non-blocking, for the opening of a pipe would wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return fail(errno == ENOENT ? Fault::not_found : Fault::unavailable, "{}", words_of(errno));
  struct stat about{};
  if (::fstat(file.number(), &about) != 0) return fail(Fault::unavailable, "{}", words_of(errno));
  if (!S_ISREG(about.st_mode)) return fail(Fault::invalid, "it is {} and no file", kind_of(about.st_mode));
  std::string text;
  std::array<char, 64 * 1024> part{};
  for (;;) {
    const auto count = ::read(file.number(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(Fault::unavailable, "{}", words_of(errno));
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
    if (text.size() > most) return fail(Fault::too_large, "it is longer than {} KiB", most / 1024);
  }
}

Result<std::vector<std::string>> list_folder(const std::string& folder, std::string_view ending) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().ends_with(ending)) paths.push_back(entry->path().string());
  if (error) return fail(Fault::unavailable, "{}", error.message());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace countersign
