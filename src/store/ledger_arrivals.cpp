#include "store/ledger.hpp"

namespace countersign::store {
namespace {

#define COUNTERSIGN_ARRIVAL_COLUMNS "source, host, first, heard, period, rhythm, silence, said"

void pack_number(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes += static_cast<char>(value >> shift & 0xFFU);
}

std::uint32_t unpack_number(std::string_view& bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4 && !bytes.empty(); ++i, bytes.remove_prefix(1))
    value = value << 8 | static_cast<unsigned char>(bytes.front());
  return value;
}

std::string pack_rhythm(const core::Rhythm& rhythm) {
  std::string bytes;
  bytes.reserve(rhythm.by_hour.size() * 16);
  for (const auto& hour : rhythm.by_hour)
    for (const auto number : {hour.longest, hour.longest_before, hour.count, hour.count_before})
      pack_number(bytes, number);
  return bytes;
}

app::HeardOf read_heard(const Rows& rows) {
  app::HeardOf heard;
  heard.source = rows.text(0);
  heard.host = rows.text(1);
  heard.first = rows.time(2);
  heard.heard = rows.time(3);
  heard.rhythm.periods = rows.integer(4);
  const auto bytes = rows.text(5);
  std::string_view rest = bytes;
  for (auto& hour : heard.rhythm.by_hour)
    for (auto* number : {&hour.longest, &hour.longest_before, &hour.count, &hour.count_before})
      *number = unpack_number(rest);
  heard.silence = rows.id(6);
  heard.said = rows.time(7);
  return heard;
}

}  // namespace

Result<std::optional<app::HeardOf>> SqliteLedger::heard_of(std::string_view source, std::string_view host) {
  std::optional<app::HeardOf> found;
  Rows rows(connection_, "SELECT " COUNTERSIGN_ARRIVAL_COLUMNS " FROM arrival WHERE source = ? AND host = ?", source,
            host);
  if (rows.next()) found = read_heard(rows);
  return rows.result(std::move(found));
}

Result<std::vector<app::HeardOf>> SqliteLedger::all_heard() {
  std::vector<app::HeardOf> all;
  Rows rows(connection_, "SELECT " COUNTERSIGN_ARRIVAL_COLUMNS " FROM arrival ORDER BY source, host");
  while (rows.next())
    all.push_back(read_heard(rows));
  return rows.result(std::move(all));
}

Result<void> SqliteLedger::put(const app::HeardOf& heard) {
  const auto rhythm = pack_rhythm(heard.rhythm);
  const auto silence = heard.silence ? std::optional(heard.silence) : std::nullopt;
  const auto changed =
      run(connection_,
          "UPDATE arrival SET heard = ?, period = ?, rhythm = ?, silence = ?, said = ? WHERE source = ? AND "
          "host = ?",
          heard.heard, heard.rhythm.periods, Blob{rhythm}, silence, heard.said, heard.source, heard.host);
  if (!changed) return std::unexpected(changed.error());
  if (*changed > 0) return {};
  return write(connection_,
               "INSERT INTO arrival (" COUNTERSIGN_ARRIVAL_COLUMNS
               ") SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM arrival) < ?9 AND "
               "(SELECT count(*) FROM arrival WHERE source = ?1) < ?10",
               heard.source, heard.host, heard.first, heard.heard, heard.rhythm.periods, Blob{rhythm}, silence,
               heard.said, most_kept, most_of_source + 1);  // and its own row
}

Result<void> SqliteLedger::forget(const app::HeardOf& heard) {
  return write(connection_, "DELETE FROM arrival WHERE source = ? AND host = ?", heard.source, heard.host);
}

}  // namespace countersign::store
