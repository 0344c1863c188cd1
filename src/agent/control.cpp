#include "agent/control.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace countersign::agent {
namespace {

constexpr std::size_t most_peers = 16, longest_question = 256;
constexpr int waiting_bytes = 512 * 1024;

std::unexpected<Error> control_trouble(const char* what, const std::string& path) {
  return fail(Fault::unavailable, "can't {} {}: {}", what, path, std::strerror(errno));
}

/// False where not all of it fits: a peer that has half a line is ended rather than confused.
bool send_all(int descriptor, std::string_view text) {
  const auto sent = ::send(descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0 && sent < static_cast<ssize_t>(text.size())) ::shutdown(descriptor, SHUT_RDWR);
  return sent == static_cast<ssize_t>(text.size());
}

}  // namespace

std::string control_path(const std::string& directory) {
  return directory + "/control.sock";
}

Control::Control(net::Loop& loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {}

Control::~Control() {
  while (!peers_.empty())
    close(peers_.begin()->first);
  if (socket_ < 0) return;
  loop_.unwatch(socket_);
  ::close(socket_);
}

Result<void> Control::open(const std::string& path, const std::string& group) {
  if (!group.empty()) {
    const auto* entry = ::getgrnam(group.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread
    if (!entry) return fail(Fault::invalid, "there is no group '{}'; create it, or leave [agent] group away", group);
    group_ = entry->gr_gid;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(Fault::invalid, "{} is too long for a socket; shorten run_directory", path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return control_trouble("make", path);
  ::unlink(path.c_str());
  // Open to all, because a member of the group need not be one by the file's own group; each peer is asked for.
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0666) != 0 || ::listen(socket_, 8) != 0)
    return control_trouble("listen at", path);
  loop_.watch(socket_, [this] { accept(); });
  return {};
}

bool Control::may_ask(int descriptor) const {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
  if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
  if (group_ < 0) return false;
  if (static_cast<std::int64_t>(peer.gid) == group_) return true;
  std::vector<gid_t> groups(256);
  length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) != 0) return false;
  groups.resize(length / sizeof(gid_t));
  return std::ranges::find(groups, static_cast<gid_t>(group_)) != groups.end();
}

void Control::accept() {
  const int descriptor = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) return;
  if (peers_.size() >= most_peers || !may_ask(descriptor)) {
    send_all(descriptor, peers_.size() >= most_peers ? "error: too many ask at once\n"
                                                     : "error: root and [agent] group may ask; you may not\n");
    ::close(descriptor);
    return;
  }
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &waiting_bytes, sizeof waiting_bytes);
  peers_.emplace(descriptor, Peer{});
  loop_.watch(descriptor, [this, descriptor] { read(descriptor); });
}

void Control::read(int descriptor) {
  std::array<char, longest_question> buffer{};
  const auto got = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  auto& peer = peers_[descriptor];
  if (got <= 0 || peer.watches) return close(descriptor);
  peer.question.append(buffer.data(), static_cast<std::size_t>(got));
  const auto end = peer.question.find('\n');
  if (end == std::string::npos && peer.question.size() <= longest_question) return;
  peer.question.resize(std::min(end, longest_question));
  peer.watches = peer.question == "watch";
  if (peer.watches) return;
  send_all(descriptor, answer_(peer.question));
  close(descriptor);
}

void Control::publish(std::string_view line) {
  for (auto& [descriptor, peer] : peers_) {
    if (!peer.watches) continue;
    if (peer.missed > 0 && send_all(descriptor, fmt::format("{{\"missed\":{}}}\n", peer.missed))) peer.missed = 0;
    if (peer.missed > 0 || !send_all(descriptor, fmt::format("{}\n", line))) ++peer.missed;
  }
}

void Control::close(int descriptor) {
  loop_.unwatch(descriptor);
  peers_.erase(descriptor);
  ::close(descriptor);
}

}  // namespace countersign::agent
