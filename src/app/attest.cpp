#include "app/attest.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "crypto/signature.hpp"

namespace countersign::app {
namespace {

Result<Attested> state_head(Ledger& ledger, const std::string& manifest, const std::string& by, Timestamp now) {
  const auto head = ledger.audit_head();
  if (!head) return std::unexpected(head.error());
  const auto chain = ledger.audit_chain();
  if (!chain) return std::unexpected(chain.error());
  const auto bytes = ledger.server_key();
  if (!bytes) return std::unexpected(bytes.error());
  const auto key = crypto::SigningKey::from_private(Secret(*bytes));
  if (!key) return std::unexpected(key.error());
  const auto hash = head->newest ? to_hex(head->newest->hash) : std::string();
  const nlohmann::json statement{{"at", to_rfc3339(now)},
                                 {"chain", to_hex(*chain)},
                                 {"entries", head->entries},
                                 {"head", hash},
                                 {"manifest", manifest}};
  Attested attested{statement.dump(), "", key->public_bytes()};
  attested.signature = key->sign(std::string(statement_prefix) + attested.statement);
  const nlohmann::json detail{{"head", hash}, {"manifest", manifest}};
  if (auto noted = ledger.audit(now, "export", by, detail.dump()); !noted) return std::unexpected(noted.error());
  return attested;
}

}  // namespace

void Attest::state(std::string_view manifest, std::string by, Done done) {
  const auto digest = from_hex(manifest);
  if (!digest || digest->size() != 32)
    return done(fail(Fault::invalid, "'manifest' must be the SHA-256 of the manifest: 64 hexadecimal digits"));
  auto given = std::make_shared<Attested>();
  store_.write(
      [given, manifest = to_hex(*digest), by = std::move(by), now = clock_.now()](Ledger& ledger) -> Result<void> {
        auto attested = state_head(ledger, manifest, by, now);
        if (!attested) return std::unexpected(attested.error());
        *given = *std::move(attested);
        return {};
      },
      [given, done = std::move(done)](Result<void> written) mutable {
        done(written ? Result<Attested>(std::move(*given)) : std::unexpected(written.error()));
      });
}

}  // namespace countersign::app
