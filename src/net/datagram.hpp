// A listener for datagrams (syslog over UDP). What its handler has no room for stays in the kernel's buffer; what that
// has no room for is dropped by the kernel, which counts it.
// Lives on the loop's thread; construct, use and destroy there (or before run()).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/loop.hpp"

namespace countersign::net {

struct DatagramOptions {
  std::string name;                      // whose listen it is, for errors: "[syslog.lan]"
  std::string listen;                    // "0.0.0.0:514"
  int receive_buffer = 8 * 1024 * 1024;  // asked of the kernel, which may give less (net.core.rmem_max)
};

class DatagramHandler {
 public:
  virtual ~DatagramHandler() = default;
  /// The views live during the call; `address` has no port. False: no more for now, until resume().
  virtual bool received(std::string_view bytes, std::string_view address) = 0;
};

class DatagramListener {
 public:
  /// `handler` must outlive the listener. Fault::invalid or Fault::unavailable, with the mend.
  static Result<std::unique_ptr<DatagramListener>> open(Loop& loop, DatagramHandler& handler, DatagramOptions options);
  virtual ~DatagramListener() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void resume() = 0;
  /// Reads what has arrived, as far as the handler takes it, and closes. dropped() stays.
  virtual void close() = 0;
  /// By the kernel, since this was opened: its buffer was full.
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
};

}  // namespace countersign::net
