#include "store/meta.hpp"

#include <span>

namespace countersign::store {

Result<std::optional<std::string>> read_meta(Connection& connection, std::string_view name) {
  Rows rows(connection, "SELECT value FROM meta WHERE name = ?", name);
  std::optional<std::string> value;
  if (rows.next()) value = rows.text(0);
  return rows.result(std::move(value));
}

Result<std::string> random_meta(Connection& connection, std::string_view name, Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  if (auto kept = write(connection, "INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", name, Blob{bytes}); !kept)
    return std::unexpected(kept.error());
  auto value = read_meta(connection, name);
  if (!value) return std::unexpected(value.error());
  return value->value_or("");
}

Result<Id> newest_id(Connection& connection) {
  Rows rows(connection,
            "SELECT max((SELECT ifnull(max(id), 0) FROM event), (SELECT ifnull(max(id), 0) FROM approval), "
            "(SELECT ifnull(max(sighting), 0) FROM raw_line), (SELECT ifnull(max(id), 0) FROM decision), "
            "(SELECT ifnull(max(id), 0) FROM notification), (SELECT ifnull(max(id), 0) FROM quarantined), "
            "(SELECT ifnull(max(id), 0) FROM timer), (SELECT ifnull(max(id), 0) FROM containment), (SELECT "
            "ifnull(max(id), 0) FROM audit), (SELECT ifnull(max(id), 0) FROM sighting), "
            "(SELECT ifnull(max(id), 0) FROM expected))");
  if (!rows.next()) return rows.failure();
  return rows.id(0);
}

Result<void> write_probe(Connection& connection) {
  return write(connection,
               "INSERT INTO meta (name, value) VALUES ('probe', randomblob(8)) "
               "ON CONFLICT DO UPDATE SET value = excluded.value");
}

}  // namespace countersign::store
