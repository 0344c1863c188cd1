#include "store/migrator.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

#include "crypto/digest.hpp"
#include "store/rows.hpp"

namespace countersign::store {
namespace {

using Numbered = std::map<std::int64_t, Embedded>;

Numbered numbered(std::span<const Embedded> known) {
  Numbered result;
  for (const auto& migration : known) {
    std::int64_t number = 0;
    std::from_chars(migration.name.data(), migration.name.data() + migration.name.size(), number);
    if (number < 1 || !result.emplace(number, migration).second)
      throw std::logic_error(fmt::format("migration {} has no number of its own", migration.name));
  }
  if (!result.empty() && result.rbegin()->first != static_cast<std::int64_t>(result.size()))
    throw std::logic_error("the migrations' numbers have a gap");
  return result;
}

/// A file of ours has our mark; an empty one has no tables.
Result<void> check_ours(Connection& connection) {
  constexpr std::int64_t our_mark = 1129531214;  // "CSGN", set by the first migration
  Rows rows(connection,
            "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)");
  if (!rows.next()) return rows.failure();
  if (rows.integer(0) != our_mark && rows.integer(1) > 0)
    return fail(Fault::invalid, "this is another program's database, not countersign's");
  return {};
}

/// The number of the newest migration applied.
Result<std::int64_t> check_applied(Connection& connection, const Numbered& known) {
  Rows rows(connection, "SELECT number, name, sha256 FROM migration ORDER BY number");
  std::int64_t newest = 0;
  while (rows.next()) {
    newest = rows.integer(0);
    const auto found = known.find(newest);
    if (found == known.end())
      return fail(Fault::invalid,
                  "the database is newer than this program: it has migration {} ({}), the program knows {}; "
                  "install the newer countersign",
                  newest, rows.text(1), known.size());
    if (crypto::sha256(found->second.text) != rows.text(2))
      return fail(Fault::invalid,
                  "migration {} was changed after it was applied to this database: "
                  "use the countersign that made it, or restore a backup",
                  found->second.name);
  }
  return rows.result(newest);
}

Result<void> apply(Connection& connection, std::int64_t number, const Embedded& migration, Timestamp now) {
  if (auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto applied = connection.execute(std::string(migration.text));
  if (applied)
    applied = write(connection, "INSERT INTO migration (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)", number,
                    migration.name, Blob{crypto::sha256(migration.text)}, now);
  if (applied) applied = connection.execute("COMMIT");
  if (applied) return applied;
  if (connection.in_transaction()) (void)connection.execute("ROLLBACK");
  return fail(applied.error().fault, "migration {}: {}", migration.name, applied.error().message);
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const Embedded> known, Timestamp now) {
  const auto migrations = numbered(known);
  if (auto ours = check_ours(connection); !ours) return ours;
  if (auto made = connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, "
                                     "name TEXT NOT NULL, sha256 BLOB NOT NULL, applied_at INTEGER NOT NULL) STRICT");
      !made)
    return made;
  const auto newest = check_applied(connection, migrations);
  if (!newest) return std::unexpected(newest.error());
  for (const auto& [number, migration] : migrations)
    if (number > *newest)
      if (auto applied = apply(connection, number, migration, now); !applied) return applied;
  return {};
}

}  // namespace countersign::store
