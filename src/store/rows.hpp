// Running statements with typed parameters and columns. A Rows lives no longer than its parameters and Connection.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/id.hpp"
#include "base/time.hpp"
#include "store/connection.hpp"

namespace countersign::store {

/// Bytes for a BLOB column.
struct Blob {
  std::string_view bytes;
};

using Value = std::variant<std::int64_t, std::string>;

namespace bind {

inline int one(sqlite3_stmt* s, int place, std::int64_t v) {
  return sqlite3_bind_int64(s, place, v);
}
inline int one(sqlite3_stmt* s, int place, int v) {
  return sqlite3_bind_int64(s, place, v);
}
inline int one(sqlite3_stmt* s, int place, bool v) {
  return sqlite3_bind_int64(s, place, v ? 1 : 0);
}
inline int one(sqlite3_stmt* s, int place, Id v) {
  return sqlite3_bind_int64(s, place, v.value);
}
inline int one(sqlite3_stmt* s, int place, Timestamp v) {
  return sqlite3_bind_int64(s, place, to_micros(v));
}
inline int one(sqlite3_stmt* s, int place, std::nullptr_t) {
  return sqlite3_bind_null(s, place);
}
int one(sqlite3_stmt* s, int place, std::string_view v);
int one(sqlite3_stmt* s, int place, Blob v);
int one(sqlite3_stmt* s, int place, const Value& v);
inline int one(sqlite3_stmt* s, int place, const std::string& v) {
  return one(s, place, std::string_view(v));
}
inline int one(sqlite3_stmt* s, int place, const char* v) {
  return one(s, place, std::string_view(v));
}
template <typename T>
int one(sqlite3_stmt* s, int place, const std::optional<T>& v) {
  return v ? one(s, place, *v) : sqlite3_bind_null(s, place);
}

}  // namespace bind

/// What a statement yields, row by row:  Rows rows(db, "…", id); while (rows.next()) …; return rows.result(value);
class Rows {
 public:
  /// Text is bound where it stands: temporaries would be gone when next() reads them.
  template <typename... Parameters>
  Rows(Connection& connection, Sql sql, Parameters&&... parameters)
      : connection_(connection), statement_(connection.cached(sql)) {
    static_assert((!std::is_same_v<Parameters, std::string> && ...), "a temporary string does not outlive the call");
    int place = 0;
    (bound(statement_ == nullptr ? SQLITE_ERROR : bind::one(statement_, ++place, parameters)), ...);
  }
  /// SQL put together at run time.
  Rows(Connection& connection, const std::string& sql, const std::vector<Value>& parameters);
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  /// False at the end and after a failure.
  bool next();

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] bool flag(int column) const { return integer(column) != 0; }
  [[nodiscard]] Id id(int column) const { return Id{integer(column)}; }
  [[nodiscard]] Timestamp time(int column) const { return from_micros(integer(column)); }
  [[nodiscard]] bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
  [[nodiscard]] std::optional<Timestamp> maybe_time(int column) const;
  /// TEXT or BLOB; empty for NULL.
  [[nodiscard]] std::string text(int column) const;

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::unexpected<Error> failure() const { return std::unexpected(error_); }
  /// `value`, or why the rows ended early.
  template <typename T>
  [[nodiscard]] Result<T> result(T value) const {
    if (failed_) return failure();
    return value;
  }

 private:
  void bound(int code) {
    if (code != SQLITE_OK) fail_now();
  }
  void fail_now();

  Connection& connection_;
  sqlite3_stmt* statement_;
  bool owned_ = false;
  bool failed_ = false;
  Error error_;
};

/// Runs a statement that yields no rows; how many rows it changed.
template <typename... Parameters>
Result<std::int64_t> run(Connection& connection, Sql sql, const Parameters&... parameters) {
  Rows rows(connection, sql, parameters...);
  rows.next();
  if (rows.failed()) return rows.failure();
  return connection.changes();
}

/// The same where only failure matters.
template <typename... Parameters>
Result<void> write(Connection& connection, Sql sql, const Parameters&... parameters) {
  Rows rows(connection, sql, parameters...);
  rows.next();
  if (rows.failed()) return rows.failure();
  return {};
}

}  // namespace countersign::store
