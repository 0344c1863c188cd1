#include "web/links.hpp"

#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "web/reply.hpp"

namespace countersign::web {

void Links::make(LinkWanted wanted, std::move_only_function<void(Result<Link>)> done) const {
  const auto token = crypto::make_token(random_);
  const auto now = clock_.now();
  Link link{.url = public_url_() + "/inbox/enter?pass=" + token, .expires = now + lifetime};
  const app::Pass pass{.digest = crypto::sha256(token),
                       .kind = "link",
                       .person = wanted.person.empty() ? wanted.made_by : wanted.person,
                       .security = wanted.security,
                       .expires = link.expires};
  store_.write(
      [pass, now, made_by = std::move(wanted.made_by)](app::Ledger& ledger) {
        if (auto added = ledger.add(pass); !added) return added;
        return ledger.audit(now, "inbox_link", made_by,
                            to_text(Json{{"for", pass.person}, {"security", pass.security}}));
      },
      [link = std::move(link), done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(std::move(link));
        else
          done(std::unexpected(written.error()));
      });
}

}  // namespace countersign::web
