#include "store/connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "store/functions.hpp"

namespace countersign::store {
namespace {

/// SQLite would create it readable to all; its -wal and -shm take the mode of the file.
Result<void> make_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0)
    return fail(Fault::unavailable, "{}: {}", path, std::error_code(errno, std::generic_category()).message());
  const int changed = ::fchmod(file, S_IRUSR | S_IWUSR);
  const int why = errno;
  ::close(file);
  if (changed != 0)
    return fail(Fault::unavailable, "{}: can't make it private: {}", path,
                std::error_code(why, std::generic_category()).message());
  return {};
}

// The checkpoint at 8,000 pages (32 MB) instead of 1,000: each page is written back once for many commits.
constexpr const char* writer_settings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = ON;";
// SQLite before 3.51.3 can corrupt a WAL database when two connections checkpoint at once: readers never do.
constexpr const char* reader_settings = "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0;";
constexpr const char* common_settings =
    "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";

/// Statistics of memory that nobody reads cost a lock of the whole process at every allocation. Before SQLite's first
/// use in the process only, and every use begins here; that it was too late would change nothing but the cost.
void without_memory_statistics() {
  [[maybe_unused]] static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

Result<Connection> Connection::open(const std::string& path, Role role, int cache_kib) {
  const bool writer = role == Role::writer;
  if (writer)
    if (auto made = make_private(path); !made) return std::unexpected(made.error());
  without_memory_statistics();
  sqlite3* raw = nullptr;
  const int flags = (writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Connection connection(raw);
  if (opened != SQLITE_OK) return fail(Fault::unavailable, "{}: {}", path, sqlite3_errstr(opened));
  sqlite3_extended_result_codes(raw, 1);
  if (!writer) sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  add_functions(raw);
  const auto settings = fmt::format("{}{}PRAGMA cache_size = -{};", common_settings,
                                    writer ? writer_settings : reader_settings, cache_kib);
  if (auto set = connection.execute(settings); !set)
    return fail(set.error().fault, "{}: {}", path, set.error().message);
  return connection;
}

Result<void> Connection::execute(const std::string& sql) {
  if (sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return std::unexpected(error());
  return {};
}

sqlite3_stmt* Connection::cached(Sql sql) {
  auto& slot = statements_[sql.text];
  if (!slot) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v3(raw_.get(), sql.text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    slot.reset(statement);
  }
  return slot.get();
}

sqlite3_stmt* Connection::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(raw_.get(), sql.c_str(), static_cast<int>(sql.size()), 0, &statement, nullptr);
  return statement;
}

Error Connection::error() const {
  const int extended = sqlite3_extended_errcode(raw_.get());
  const std::string message = fmt::format("database: {}", sqlite3_errmsg(raw_.get()));
  switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
      return {Fault::conflict, message};
    case SQLITE_INTERRUPT:
      return {Fault::too_large, "this search reads too much: narrow it by from and to, a user or a rule"};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Fault::unavailable, message};
    default:
      return {Fault::internal, message};
  }
}

}  // namespace countersign::store
