// How one gets into the inbox and out of it: one-time links, the security team's tokens, sessions.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "web/inbox.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

net::Response used_up(const Pages& pages) {
  return pages.message(410, "This link has been used or is too old",
                       "A link works once, within an hour. Ask the security team for a new one, or make it on the "
                       "server: countersign inbox link");
}

net::Response not_ours(const Pages& pages) {
  return pages.message(403, "This did not come from our page",
                       "The form was sent from somewhere else, or your session has ended. Nothing was changed.");
}

net::Response with_cookie(std::string_view token, bool secure, std::string location) {
  auto reply = see_other(std::move(location));
  reply.headers.emplace_back("Set-Cookie", session_cookie(token, secure));
  return reply;
}

app::Pass session_pass(std::string_view token, std::string person, bool security, Timestamp now) {
  return {.digest = crypto::sha256(token),
          .kind = "session",
          .person = std::move(person),
          .security = security,
          .expires = now + Sessions::lifetime};
}

std::string audit_detail(const app::Pass& pass, std::string_view by) {
  return to_text(Json{{"by", by}, {"security", pass.security}});
}

}  // namespace

/// Only looks: whatever fetches a link before its reader does must not use it up.
void Inbox::ask_to_enter(net::Request request, net::Respond respond) const {
  const auto token = form_value(request.query, "pass").value_or("");
  from_view(parts_.store, std::move(respond), [this, token, now = parts_.clock.now()](app::View& view) {
    const auto pass = view.pass(crypto::sha256(token));
    if (!pass || !*pass || (*pass)->kind != "link" || (*pass)->expires <= now) return used_up(parts_.pages);
    const auto whose =
        (*pass)->security ? std::string("the security team's inbox") : one_line((*pass)->person, 60) + "'s inbox";
    Page page("enter.tpl", "Open " + whose);
    page.body().SetValue("HEADING", "Open " + whose);
    page.body().SetValue("BUTTON", "Open " + whose);
    page.body().SetValue("PASS", token);
    return parts_.pages.reply(200, page);
  });
}

void Inbox::enter(net::Request request, net::Respond respond) const {
  if (!from_our_page(request, parts_.public_url())) return respond(not_ours(parts_.pages));
  const auto digest = crypto::sha256(form_value(request.body, "pass").value_or(""));
  const auto now = parts_.clock.now();
  auto token = crypto::make_token(parts_.random);
  parts_.store.write(
      [digest, now, token](app::Ledger& ledger) -> Result<void> {
        const auto link = ledger.use_pass(digest, now);
        if (!link) return std::unexpected(link.error());
        if (!*link || (*link)->kind != "link") return fail(Fault::not_found, "no such link");
        const auto session = session_pass(token, (*link)->person, (*link)->security, now);
        if (auto added = ledger.add(session); !added) return added;
        return ledger.audit(now, "inbox_session", session.person, audit_detail(session, "link"));
      },
      [this, token, respond = std::move(respond)](Result<void> written) mutable {
        if (written) return respond(with_cookie(token, secure(), "/inbox"));
        if (written.error().fault == Fault::not_found) return respond(used_up(parts_.pages));
        respond(parts_.pages.message(503, "Please try again", "The service is busy. Your link is still good."));
      });
}

void Inbox::enter_with_token(net::Request request, net::Respond respond) const {
  if (!from_our_page(request, parts_.public_url())) return respond(not_ours(parts_.pages));
  const auto caller = parts_.tokens.find(Secret(form_value(request.body, "token").value_or("")));
  if (!caller || (caller->role != Role::security && caller->role != Role::admin))
    return respond(parts_.pages.message(401, "That token opens nothing here",
                                        "It must be an API token whose role is security or admin."));
  const auto now = parts_.clock.now();
  auto token = crypto::make_token(parts_.random);
  parts_.store.write(
      [now, token, name = caller->name](app::Ledger& ledger) -> Result<void> {
        const auto session = session_pass(token, name, true, now);
        if (auto added = ledger.add(session); !added) return added;
        return ledger.audit(now, "inbox_session", name, audit_detail(session, "token"));
      },
      [this, token, respond = std::move(respond)](Result<void> written) mutable {
        if (written) return respond(with_cookie(token, secure(), "/inbox"));
        respond(parts_.pages.message(503, "Please try again", "The service is busy."));
      });
}

void Inbox::leave(net::Request request, net::Respond respond) const {
  const auto token = token_of(request);
  const auto proof = form_value(request.body, "proof").value_or("");
  if (token.empty()) return respond(see_other("/"));
  if (!from_our_page(request, parts_.public_url()) || !crypto::equal_in_constant_time(proof, form_proof(token)))
    return respond(not_ours(parts_.pages));
  parts_.store.write([digest = crypto::sha256(token)](app::Ledger& ledger) { return ledger.remove_pass(digest); },
                     [this, respond = std::move(respond)](Result<void> written) mutable {
                       // The cookie goes in any case; a session that could not be removed ends by itself.
                       respond(written ? with_cookie("", secure(), "/")
                                       : parts_.pages.message(503, "Please try again", "The service is busy."));
                     });
}

}  // namespace countersign::web
