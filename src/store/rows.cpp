#include "store/rows.hpp"

namespace countersign::store {
namespace bind {

// SQLite takes a null pointer for NULL, an empty string_view may hold one.
int one(sqlite3_stmt* s, int place, std::string_view v) {
  return sqlite3_bind_text64(s, place, v.data() == nullptr ? "" : v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int one(sqlite3_stmt* s, int place, Blob v) {
  return sqlite3_bind_blob64(s, place, v.bytes.data() == nullptr ? "" : v.bytes.data(), v.bytes.size(), SQLITE_STATIC);
}

int one(sqlite3_stmt* s, int place, const Value& v) {
  return std::visit([&](const auto& held) { return one(s, place, held); }, v);
}

}  // namespace bind

Rows::Rows(Connection& connection, const std::string& sql, const std::vector<Value>& parameters)
    : connection_(connection), statement_(connection.prepare(sql)), owned_(true) {
  int place = 0;
  if (statement_ == nullptr) fail_now();
  for (const auto& parameter : parameters)
    bound(failed_ ? SQLITE_ERROR : bind::one(statement_, ++place, parameter));
}

Rows::~Rows() {
  if (owned_)
    sqlite3_finalize(statement_);
  else
    sqlite3_reset(statement_);
}

bool Rows::next() {
  if (statement_ == nullptr && !failed_) fail_now();
  if (failed_) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail_now();
  return false;
}

void Rows::fail_now() {
  if (failed_) return;
  failed_ = true;
  error_ = connection_.error();
}

std::optional<std::int64_t> Rows::maybe_integer(int column) const {
  if (null(column)) return std::nullopt;
  return integer(column);
}

std::optional<Timestamp> Rows::maybe_time(int column) const {
  if (null(column)) return std::nullopt;
  return time(column);
}

std::string Rows::text(int column) const {
  const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace countersign::store
