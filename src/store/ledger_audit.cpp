#include "core/audit_chain.hpp"
#include "store/ledger.hpp"
#include "store/pass_rows.hpp"

namespace countersign::store {

Result<void> SqliteLedger::add(const app::Pass& pass) {
  // A pass is made by a request: those that have expired make room, so they can't pile up.
  if (auto gone = write(connection_, "DELETE FROM pass WHERE expires <= ?", clock_.now()); !gone) return gone;
  return write(connection_, "INSERT INTO pass (digest, kind, person, security, expires) VALUES (?, ?, ?, ?, ?)",
               Blob{pass.digest}, pass.kind, pass.person, pass.security, pass.expires);
}

Result<std::optional<app::Pass>> SqliteLedger::use_pass(std::string_view digest, Timestamp now) {
  auto pass = read_pass(connection_, digest);
  if (!pass || !*pass) return pass;
  if ((*pass)->expires <= now) return std::nullopt;
  if ((*pass)->kind == "link")
    if (auto gone = remove_pass(digest); !gone) return std::unexpected(gone.error());
  return pass;
}

Result<void> SqliteLedger::remove_pass(std::string_view digest) {
  return write(connection_, "DELETE FROM pass WHERE digest = ?", Blob{digest});
}

Result<void> SqliteLedger::audit(Timestamp at, std::string_view kind, std::string_view actor, std::string_view detail) {
  std::string previous;
  {
    Rows rows(connection_, "SELECT hash FROM audit ORDER BY id DESC LIMIT 1");
    if (rows.next()) previous = rows.text(0);
    if (rows.failed()) return rows.failure();
  }
  changed_.feed |= kind == "decision" || kind == "verdict";
  const auto id = new_id();
  const auto hash = core::link_hash(previous, marks_.chain, {id, at, kind, actor, detail});
  return write(connection_, "INSERT INTO audit (id, at, kind, actor, detail, hash) VALUES (?, ?, ?, ?, ?, ?)", id, at,
               kind, actor, detail, Blob{hash});
}

}  // namespace countersign::store
