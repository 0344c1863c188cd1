// Blocking loopback sockets for tests: a raw HTTP client and a scripted raw server. Every wait is bounded, so a
// broken part fails a test instead of hanging it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace countersign::net::testing {

inline constexpr int patience_ms = 10'000;

/// A connected socket.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)), rest_(std::move(other.rest_)) {}
  Peer& operator=(Peer&&) = delete;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(); }

  static Peer connect(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto to = loopback(port);
    if (::connect(fd, to.as_sockaddr(), to.size()) != 0) {
      ::close(fd);
      return Peer(-1);
    }
    return Peer(fd);
  }

  bool open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() const { ::shutdown(fd_, SHUT_WR); }
  /// Closes with a reset instead of an orderly end.
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  /// Up to and with `end`; what there was where the connection ended first.
  std::string read_until(std::string_view end) {
    for (;;) {
      if (const auto at = rest_.find(end); at != std::string::npos) return take(at + end.size());
      if (!more()) return take(rest_.size());
    }
  }
  std::string read_bytes(std::size_t count) {
    while (rest_.size() < count && more()) {
    }
    return take(std::min(count, rest_.size()));
  }
  std::string read_to_end() {
    while (more()) {
    }
    return take(rest_.size());
  }
  /// One message with a Content-Length, or without a body.
  std::string read_message(bool has_body = true) {
    auto message = read_until("\r\n\r\n");
    const auto at = message.find("Content-Length: ");
    if (!has_body || at == std::string::npos) return message;
    return message + read_bytes(std::stoul(message.substr(at + 16)));
  }
  /// Whether that happens in this time; other bytes are read and forgotten.
  bool ended_within(std::chrono::milliseconds time) {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&ready, 1, static_cast<int>(time.count())) == 1 && !more();
  }
  /// Whether the other side ends the connection (orderly or by reset) without another byte.
  bool ends() { return rest_.empty() && !more(); }

 private:
  struct Address {
    sockaddr_in in;
    const sockaddr* as_sockaddr() const { return static_cast<const sockaddr*>(static_cast<const void*>(&in)); }
    socklen_t size() const { return sizeof in; }
  };
  friend class Script;

  static Address loopback(std::uint16_t port) {
    Address address{};
    address.in.sin_family = AF_INET;
    address.in.sin_port = htons(port);
    address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  bool more() {
    pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
    if (fd_ < 0 || ::poll(&ready, 1, patience_ms) != 1) return false;
    char piece[4096];
    const auto got = ::recv(fd_, piece, sizeof piece, 0);
    if (got <= 0) return false;
    rest_.append(piece, static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t count) {
    auto taken = rest_.substr(0, count);
    rest_.erase(0, count);
    return taken;
  }

  int fd_;
  std::string rest_;
};

/// A server that treats its first connection by the first act, and so on. Ends when the acts are over.
class Script {
 public:
  using Act = std::function<void(Peer&)>;

  explicit Script(std::vector<Act> acts) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto at = Peer::loopback(0);
    ::bind(fd_, at.as_sockaddr(), at.size());
    ::listen(fd_, 16);
    auto size = at.size();
    ::getsockname(fd_, static_cast<sockaddr*>(static_cast<void*>(&at.in)), &size);
    port_ = ntohs(at.in.sin_port);
    thread_ = std::jthread([this, acts = std::move(acts)] {
      for (const auto& act : acts) {
        pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, patience_ms) != 1) return;
        Peer peer(::accept(fd_, nullptr, nullptr));
        act(peer);
      }
    });
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  ~Script() {
    thread_.join();
    ::close(fd_);
  }

  std::string url(std::string_view target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace countersign::net::testing
