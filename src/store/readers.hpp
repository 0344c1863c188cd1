// A few threads that read, each with a connection of its own; every read sees one snapshot. submit() is safe from any
// thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "app/store.hpp"
#include "store/connection.hpp"

namespace countersign::store {

class Readers {
 public:
  Readers(std::vector<Connection> connections, std::size_t queue_limit);
  /// Finishes what is queued.
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  [[nodiscard]] bool submit(app::Store::Read read);

 private:
  void run(Connection& connection);

  std::vector<Connection> connections_;  // each its thread's
  const std::size_t queue_limit_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<app::Store::Read> queue_;  // guarded by mutex_
  bool stopping_ = false;               // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace countersign::store
