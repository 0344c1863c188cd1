#include "chat/pager/head_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace countersign::chat {
namespace {

constexpr mode_t head_file_mode = 0640;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

std::string failed(std::string_view what, const std::string& path) {
  return fmt::format("can't {} {}: {}", what, path, std::generic_category().message(errno));
}

/// The file's last bytes, as far as it can be read: storage that takes lines and shows none gives none.
std::string tail_of(const std::string& path, std::size_t size) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about{};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) return {};
  std::string tail(std::min(size, static_cast<std::size_t>(about.st_size)), '\0');
  const auto got = ::pread(file.get(), tail.data(), tail.size(), about.st_size - static_cast<off_t>(tail.size()));
  return got == static_cast<ssize_t>(tail.size()) ? tail : std::string();
}

}  // namespace

std::optional<std::string> append_line(const std::string& path, std::string_view line) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, head_file_mode));
  if (file.get() < 0) return failed("open", path);
  auto text = std::string(line) + '\n';
  if (const auto tail = tail_of(path, text.size() + 1); !tail.empty()) {
    const bool there = tail == text || (tail.size() > text.size() && tail.ends_with(text) && tail.front() == '\n');
    if (there) return ::fsync(file.get()) == 0 ? std::nullopt : std::optional(failed("sync", path));
    if (!tail.ends_with('\n')) text.insert(0, 1, '\n');
  }
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return failed("append to", path);
  if (::fsync(file.get()) != 0) return failed("sync", path);
  return std::nullopt;
}

std::optional<std::string> HeadFile::address(const core::Directory& /*directory*/, std::string_view /*to*/) const {
  return path_;
}

void HeadFile::deliver(app::OwedMessage message, Done done) {
  app::Posted posted{"file", to_text(message.notification.id)};
  if (!message.notification.remote_message.empty()) return done(std::move(posted));
  writing_ = std::jthread([this, line = std::move(message.notification.detail), posted = std::move(posted),
                           done = std::move(done)]() mutable {
    auto refused = append_line(path_, line);
    scheduler_.post([posted = std::move(posted), done = std::move(done), refused = std::move(refused)]() mutable {
      if (refused)
        done(std::unexpected(app::Undelivered{app::Undelivered::Kind::retry, *std::move(refused), {}}));
      else
        done(std::move(posted));
    });
  });
}

}  // namespace countersign::chat
