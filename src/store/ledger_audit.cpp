#include "core/audit_chain.hpp"
#include "store/audit_rows.hpp"
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

Result<app::AuditHead> SqliteLedger::audit_head() {
  return read_audit_head(connection_);
}

Result<std::vector<app::TakenSighting>> SqliteLedger::taken(Id after, Id before, std::size_t limit) {
  return read_taken(connection_, after, before, limit);
}

Result<std::optional<app::Seal>> SqliteLedger::seal(Timestamp from, Timestamp to) {
  return read_seal_of(connection_, from, to);
}

Result<void> SqliteLedger::add(const app::Seal& seal, const app::SealedForms& forms) {
  const auto added =
      run(connection_, "INSERT OR IGNORE INTO seal (" COUNTERSIGN_SEAL_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
          seal.id, seal.from, seal.to, seal.as_of, seal.made_by, seal.waiting, Blob{seal.head}, seal.entries,
          Blob{seal.digest});
  if (!added) return std::unexpected(added.error());
  if (*added == 0) return fail(Fault::conflict, "this span is sealed already");
  for (const auto& [form, body] : forms)
    if (auto kept_form =
            write(connection_, "INSERT INTO seal_form (seal, form, body) VALUES (?, ?, ?)", seal.id, form, Blob{body});
        !kept_form)
      return kept(kept_form);
  return {};
}

}  // namespace countersign::store
