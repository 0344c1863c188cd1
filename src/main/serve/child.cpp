#include "main/serve/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/text.hpp"

namespace countersign::cli {
namespace {

constexpr std::size_t kept_words = 1000;
constexpr auto step = std::chrono::milliseconds(50);  // how late an end or a stop may be noticed
constexpr char path_only[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

class Pipe {
 public:
  Pipe() { good_ = ::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0; }
  ~Pipe() {
    close_writing();
    if (good_) ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_writing() {
    if (good_ && ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool good_ = false;
};

Result<pid_t> spawn(const std::vector<std::string>& command, int errors) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, errors, 2);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> words(command);
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string path = path_only;
  char* environment[] = {path.data(), nullptr};
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, arguments.front(), &files, &attributes, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(Fault::unavailable, "{} can't be run: {}", command.front(), std::strerror(error));
  return child;
}

/// Reads what is there; the last of it is kept.
void take_words(int from, std::string& said) {
  std::array<char, 1024> bytes{};
  for (ssize_t n = 0; (n = ::read(from, bytes.data(), bytes.size())) > 0;) {
    said.append(bytes.data(), static_cast<std::size_t>(n));
    if (said.size() > kept_words) said.erase(0, said.size() - kept_words);
  }
}

/// The last line that says something: ssh gives its reason there.
std::string last_words(std::string_view said) {
  while (said.ends_with('\n') || said.ends_with('\r') || said.ends_with(' '))
    said.remove_suffix(1);
  const auto line = said.rfind('\n');
  const auto text = one_line(line == std::string_view::npos ? said : said.substr(line + 1), kept_words);
  return text.empty() ? "" : ": " + text;
}

}  // namespace

Result<void> run_child(const std::vector<std::string>& command, Duration bound, const std::stop_token& stop) {
  Pipe errors;
  if (!errors.good()) return fail(Fault::unavailable, "no pipe: {}", std::strerror(errno));
  const auto child = spawn(command, errors.writing());
  if (!child) return std::unexpected(child.error());
  errors.close_writing();
  const auto until = std::chrono::steady_clock::now() + bound;
  std::string said;
  int status = 0;
  bool killed = false;
  while (::waitpid(*child, &status, WNOHANG) == 0) {
    if (!killed && (stop.stop_requested() || std::chrono::steady_clock::now() >= until)) {
      ::kill(-*child, SIGKILL);
      killed = true;
    }
    pollfd waiting{errors.reading(), POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(step.count()));
    take_words(errors.reading(), said);
    if ((waiting.revents & POLLHUP) != 0 && (waiting.revents & POLLIN) == 0)
      ::poll(nullptr, 0, static_cast<int>(step.count()));
  }
  take_words(errors.reading(), said);
  if (killed)
    return fail(Fault::unavailable, "{} had not ended after {}{}", command.front(), countersign::to_text(bound),
                last_words(said));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status))
    return fail(Fault::unavailable, "{} ended with {}{}", command.front(), WEXITSTATUS(status), last_words(said));
  return fail(Fault::unavailable, "{} was ended by signal {}{}", command.front(), WTERMSIG(status), last_words(said));
}

}  // namespace countersign::cli
