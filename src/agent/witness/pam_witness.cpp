#include "agent/witness/pam_witness.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/sighting_json.hpp"
#include "agent/spool/line.hpp"
#include "agent/witness/pam_message.hpp"

namespace countersign::agent {
namespace {

constexpr std::size_t longest_datagram = 8192;
constexpr int datagrams_at_once = 1000;
constexpr int queue_bytes = 1024 * 1024;

struct Datagram {
  std::string bytes;
  bool by_root = false;
};

std::unexpected<Error> pam_trouble(const char* what, const std::string& path) {
  return fail(Fault::unavailable, "can't {} {}: {}", what, path, std::strerror(errno));
}

/// The next datagram with its sender, whom the kernel vouches for; nullopt where none waits.
std::optional<Datagram> receive(int descriptor) {
  std::array<char, longest_datagram> buffer{};
  alignas(cmsghdr) std::array<char, 256> control{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto got = ::recvmsg(descriptor, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return std::nullopt;
  Datagram datagram{{buffer.data(), static_cast<std::size_t>(got)}, false};
  for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS) continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    datagram.by_root = sender.uid == 0;
  }
  return datagram;
}

}  // namespace

PamWitness::PamWitness(std::string directory, std::string boot_id)
    : path_(directory + "/pam.sock"), missed_path_(directory + "/pam.missed"), boot_id_(std::move(boot_id)) {}

PamWitness::~PamWitness() {
  close();
}

void PamWitness::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

Result<void> PamWitness::open() {
  close();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path)
    return fail(Fault::invalid, "{} is too long for a socket; shorten run_directory", path_);
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return pam_trouble("make", path_);
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &queue_bytes, sizeof queue_bytes);
  ::unlink(path_.c_str());
  const auto mask = ::umask(0177);
  const int bound = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(mask);
  if (bound != 0) {
    auto error = pam_trouble("listen at", path_);
    close();
    return error;
  }
  const int marks = ::open(missed_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (marks >= 0) ::close(marks);
  missed_ = 0;
  return {};
}

/// Marks made since the last question.
std::int64_t PamWitness::missed() {
  struct stat status{};
  if (::stat(missed_path_.c_str(), &status) != 0) return 0;
  const auto total = static_cast<std::int64_t>(status.st_size);
  return total - std::exchange(missed_, std::max(total, missed_));
}

Result<Look> PamWitness::look(Timestamp now) {
  Look look;
  if (const auto marks = missed(); marks > 0) look.lost = {marks, 0, "the PAM hook could not deliver"};
  for (int i = 0; i < datagrams_at_once; ++i) {
    const auto datagram = receive(socket_);
    if (!datagram) return look;
    const auto event = datagram->by_root ? read_pam_message(datagram->bytes, now) : std::nullopt;
    if (!event) continue;
    const auto key = fmt::format("{}{}{}{}", boot_id_, to_micros(now), ++seen_, datagram->bytes);
    look.sightings.push_back({sighting_json(*event, fmt::format("pam:{}", checksum(key))), false, ""});
  }
  look.more = true;
  return look;
}

}  // namespace countersign::agent
