#include "agent/ask.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "agent/control.hpp"

namespace countersign::agent {
namespace {

/// Lines of one connection, until it ends. The agent's refusals begin with "error: ".
Result<void> read_answer(int descriptor, const std::function<bool(std::string_view)>& line) {
  std::string rest;
  std::array<char, 16 * 1024> buffer{};
  while (true) {
    const auto got = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    rest.append(buffer.data(), static_cast<std::size_t>(got));
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      const auto text = rest.substr(0, end);
      rest.erase(0, end + 1);
      if (text.starts_with("error: ")) return fail(Fault::forbidden, "{}", text.substr(7));
      if (!line(text)) return {};
    }
  }
}

}  // namespace

Result<void> ask_agent(const std::string& directory, std::string_view question,
                       const std::function<bool(std::string_view)>& line) {
  const auto path = control_path(directory);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Fault::invalid, "{} is too long for a socket", path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0 || ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return fail(Fault::unavailable, "no agent answers at {} ({}); is it running?", path, std::strerror(error));
  }
  const auto asked = fmt::format("{}\n", question);
  (void)::send(descriptor, asked.data(), asked.size(), MSG_NOSIGNAL);  // a refusal may have come already
  const auto answered = read_answer(descriptor, line);
  ::close(descriptor);
  return answered;
}

}  // namespace countersign::agent
