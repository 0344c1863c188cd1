// Loop's inside, for this room.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <map>
#include <memory>
#include <vector>

#include "net/io/asio.hpp"
#include "net/loop.hpp"

namespace countersign::net {

struct Loop::Impl {
  // One thread runs it, others only post: Asio then keeps work in a queue of the running thread, without locks.
  asio::io_context context{1};
  asio::executor_work_guard<Executor> busy{context.get_executor()};
  std::vector<std::unique_ptr<asio::signal_set>> signals;
  std::map<int, std::shared_ptr<asio::posix::stream_descriptor>> watched;  // borrowed descriptors

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    for (auto& [number, descriptor] : watched)
      descriptor->release();
  }

  [[nodiscard]] Executor executor() { return context.get_executor(); }
};

}  // namespace countersign::net
