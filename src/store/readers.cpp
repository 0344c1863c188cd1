#include "store/readers.hpp"

#include "store/view.hpp"

namespace countersign::store {
namespace {

// A search that finds nothing could read every event: it is ended after about ten seconds of SQLite's own steps.
constexpr int steps_between_looks = 1'000'000;
constexpr int most_looks = 1'000;

int look(void* looks) {
  return ++*static_cast<int*>(looks) > most_looks ? 1 : 0;
}

}  // namespace

Readers::Readers(std::vector<Connection> connections, std::size_t queue_limit)
    : connections_(std::move(connections)), queue_limit_(queue_limit) {
  for (auto& connection : connections_)
    threads_.emplace_back([this, &connection] { run(connection); });
}

Readers::~Readers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

bool Readers::submit(app::Store::Read read) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(read));
  }
  ready_.notify_one();
  return true;
}

void Readers::run(Connection& connection) {
  for (;;) {
    app::Store::Read read;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return !queue_.empty() || stopping_; });
      if (queue_.empty()) return;
      read = std::move(queue_.front());
      queue_.pop_front();
    }
    int looks = 0;
    sqlite3_progress_handler(connection.raw(), steps_between_looks, look, &looks);
    (void)connection.execute("BEGIN");  // where it fails, the reads themselves say so
    try {
      SqliteView view(connection);
      read(view);
    } catch (...) {  // NOLINT(bugprone-empty-catch): a read that throws has nobody to tell and must not end the thread
    }
    sqlite3_progress_handler(connection.raw(), 0, nullptr, nullptr);
    if (connection.in_transaction()) (void)connection.execute("COMMIT");
  }
}

}  // namespace countersign::store
