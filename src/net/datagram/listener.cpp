#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <utility>
#include <vector>

#include "net/datagram.hpp"
#include "net/io/endpoint.hpp"
#include "net/io/loop_impl.hpp"

namespace countersign::net {

namespace {

using asio::ip::udp;

constexpr std::size_t largest_datagram = 64 * 1024;
constexpr int at_once = 512;  // then the loop's other work has its turn

class UdpListener final : public DatagramListener {
 public:
  UdpListener(DatagramHandler& handler, asio::basic_datagram_socket<udp, Executor> socket)
      : handler_(handler), socket_(std::move(socket)), port_(socket_.local_endpoint().port()) {
    socket_.native_non_blocking(true);
    wait();
  }

  ~UdpListener() override { close(); }

  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;

  std::uint16_t port() const override { return port_; }

  void resume() override {
    if (std::exchange(paused_, false)) wait();
  }

  void close() override {
    if (!socket_.is_open()) return;
    while (take_some()) {
    }
    count_drops();
    ErrorCode ignored;
    socket_.close(ignored);
  }

  std::uint64_t dropped() const override {
    if (socket_.is_open()) count_drops();
    return dropped_;
  }

 private:
  void wait() {
    if (!socket_.is_open()) return;
    socket_.async_wait(udp::socket::wait_read, [this, alive = std::weak_ptr(alive_)](ErrorCode error) {
      if (error || alive.expired()) return;
      take_some();
      if (!paused_) wait();
    });
  }

  /// Whether there may be more that is wanted.
  bool take_some() {
    for (int i = 0; i < at_once && !paused_; ++i) {
      udp::endpoint from;
      auto length = static_cast<socklen_t>(from.capacity());
      const auto got = ::recvfrom(socket_.native_handle(), buffer_.data(), buffer_.size(), 0, from.data(), &length);
      if (got < 0) return false;
      paused_ = !handler_.received({buffer_.data(), static_cast<std::size_t>(got)}, text_of(from.address()));
    }
    return !paused_;
  }

  /// sk_drops, as SO_RXQ_OVFL would tell with the next datagram; asked for, it needs none. 32 bits that wrap.
  void count_drops() const {
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t length = sizeof info;
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_MEMINFO, info.data(), &length) != 0) return;
    const auto now = info[SK_MEMINFO_DROPS];
    dropped_ += now - std::exchange(last_drops_, now);
  }

  DatagramHandler& handler_;
  mutable asio::basic_datagram_socket<udp, Executor> socket_;  // Asio hands out the native handle of no const one
  const std::uint16_t port_;
  std::vector<char> buffer_ = std::vector<char>(largest_datagram);
  bool paused_ = false;
  mutable std::uint32_t last_drops_ = 0;
  mutable std::uint64_t dropped_ = 0;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace

Result<std::unique_ptr<DatagramListener>> DatagramListener::open(Loop& loop, DatagramHandler& handler,
                                                                 DatagramOptions options) {
  const auto at = parse_listen(options.listen);
  if (!at) return std::unexpected(at.error());
  asio::basic_datagram_socket<udp, Executor> socket(loop.impl().executor());
  ErrorCode error;
  const udp::endpoint endpoint(at->address(), at->port());
  socket.open(endpoint.protocol(), error);
  if (!error) socket.set_option(udp::socket::receive_buffer_size(options.receive_buffer), error);
  if (!error) socket.bind(endpoint, error);
  if (error) return cannot_listen(*at, error, options.name + " listen");
  return std::make_unique<UdpListener>(handler, std::move(socket));
}

}  // namespace countersign::net
