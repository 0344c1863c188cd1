// One SQLite connection and its prepared statements. Owned and used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.hpp"

namespace countersign::store {

/// SQL as a literal: its address is the statement cache's key.
struct Sql {
  consteval Sql(const char* literal) : text(literal) {}  // NOLINT(google-explicit-constructor): reads as a literal
  const char* text;
};

class Connection {
 public:
  enum class Role { writer, reader };

  /// The writer creates the file where there is none (mode 0600) and puts it in WAL mode with synchronous=FULL; it is
  /// the only connection that ever writes or checkpoints. A reader is query_only. `cache_kib` bounds the page cache.
  static Result<Connection> open(const std::string& path, Role role, int cache_kib);

  /// Runs statements that return nothing of interest; for schema and transactions outside the hot path.
  Result<void> execute(const std::string& sql);

  /// The statement of that literal, prepared on first use and kept. Null where it can't be: error() says why.
  sqlite3_stmt* cached(Sql sql);
  /// For SQL put together at run time; the caller finalizes it.
  sqlite3_stmt* prepare(const std::string& sql);

  /// The last failure as the port's words: unavailable for the disk's, conflict for a constraint, else internal.
  [[nodiscard]] Error error() const;
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(raw_.get()) == 0; }
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(raw_.get()); }
  [[nodiscard]] sqlite3* raw() const { return raw_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* raw) const { sqlite3_close_v2(raw); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  explicit Connection(sqlite3* raw) : raw_(raw) {}

  std::unique_ptr<sqlite3, Close> raw_;
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;  // finalized before raw_
};

}  // namespace countersign::store
