// GET /hosts: the security team's page of each host's witness; POST /inbox/contain: a denied login's session is ended.
#include <ranges>

#include "app/report_hosts.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "web/agent_words.hpp"
#include "web/inbox.hpp"
#include "web/words.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t gaps_shown = 3, ways_shown = 500, aliases_shown = 50;

std::string gap_words(const core::Gap& gap) {
  const auto lost = gap.lost > 0 ? fmt::format(", {} lost", gap.lost) : std::string();
  return fmt::format("{} to {}: {}{}", utc_words(gap.from), utc_words(gap.until), one_line(gap.why, 200), lost);
}

void fill_host(ctemplate::TemplateDictionary& row, const HostAttention& host, Timestamp now) {
  const bool silent = is_silent(host, now);
  row.SetValue("HOST", one_line(host.host.host, 120));
  row.SetValue("STATE", silent ? "denied" : "approved");
  row.SetValue("WORD", !host.last_seen ? "never spoke" : silent ? "silent" : "watching");
  if (host.last_seen) {
    auto* const seen = row.AddSectionDictionary("SEEN");
    seen->SetValue("ISO", to_rfc3339(*host.last_seen));
    seen->SetValue("UTC", utc_words(*host.last_seen));
    seen->SetValue("AGO", ago(*host.last_seen, now));
  }
  std::vector<std::string> classes;
  for (const auto& stream : host.host.streams)
    classes.push_back(one_line(stream.witness, 20) + (stream.disputed ? " (disputed)" : ""));
  row.SetValue("CLASSES", fmt::format("{}", fmt::join(classes, ", ")));
  row.SetValue("COVERED", host.today.covered_until > host.since
                              ? fmt::format("{:.2f} %", std::floor(covered_part(host) * 10'000) / 100)
                              : std::string("nothing yet"));
  std::size_t shown = 0;
  for (auto gap = host.today.gaps.rbegin(); gap != host.today.gaps.rend() && shown < gaps_shown; ++gap, ++shown)
    row.AddSectionDictionary("GAP")->SetValue("TEXT", gap_words(*gap));
  if (host.today.gaps.size() > shown)
    row.AddSectionDictionary("GAP")->SetValue("TEXT",
                                              fmt::format("and {} earlier ones", host.today.gaps.size() - shown));
}

void fill_aliases(ctemplate::TemplateDictionary& body, const std::vector<app::AliasProposal>& proposals) {
  if (proposals.empty()) return;
  auto* const section = body.AddSectionDictionary("ALIASES");
  for (const auto& proposal : proposals | std::views::take(aliases_shown)) {
    auto* const row = section->AddSectionDictionary("ALIAS");
    row->SetValue("HOST", one_line(proposal.evidence.host, 120));
    row->SetValue("NAME", one_line(proposal.evidence.name, 120));
    row->SetValue("WORDS", one_line(proposal.words, 1000));
    if (!proposal.toml.empty()) row->AddSectionDictionary("TOML")->SetValue("TEXT", clean_utf8(proposal.toml));
  }
}

void fill_ways(ctemplate::TemplateDictionary& body, const std::vector<app::ReportHost>& hosts) {
  ctemplate::TemplateDictionary* table = nullptr;
  std::size_t shown = 0;
  for (const auto& host : hosts)
    for (const auto& way : host.ways) {
      if (shown++ == ways_shown) return table->ShowSection("MORE");
      if (!table) table = body.AddSectionDictionary("WAYS");
      auto* const row = table->AddSectionDictionary("WAY");
      row->SetValue("HOST", one_line(host.name, 120));
      row->SetValue("NAME", way.name.empty() ? "the whole host" : one_line(way.name, 60));
      row->SetValue("WORDS", one_line(way.words, 400));
    }
}

std::string_view contain_problem(const Error& error) {
  switch (error.fault) {
    case Fault::conflict:
      return "uncontained";
    case Fault::forbidden:
      return "forbidden";
    case Fault::not_found:
      return "unknown";
    default:
      return "busy";
  }
}

}  // namespace

void Inbox::hosts(net::Request request, net::Respond respond) const {
  with_session(request, std::move(respond),
               [this, query = request.query](app::View& view, const Session& session) -> net::Response {
                 if (!session.security)
                   return parts_.pages.message(403, "The hosts are the security team's",
                                               "Sign in with a link or a token of the security team.");
                 const auto now = parts_.clock.now();
                 const auto hosts = read_host_attention(view, now);
                 const auto policy = parts_.policy.current();
                 const auto known = app::hosts_now(view, policy->directory, now);
                 const auto aliases = app::undeclared_aliases(view, policy->directory);
                 if (!hosts || !known || !aliases)
                   return parts_.pages.message(503, "The hosts can't be read now",
                                               "The store did not answer. Please try again in a moment.");
                 Page page("hosts.tpl", "Hosts");
                 dress(page, session, query);
                 auto& body = page.body();
                 if (hosts->empty()) body.ShowSection("NONE");
                 if (!hosts->empty()) {
                   auto* const table = body.AddSectionDictionary("TABLE");
                   for (const auto& host : *hosts)
                     fill_host(*table->AddSectionDictionary("ROW"), host, now);
                 }
                 fill_aliases(body, aliases->proposed);
                 fill_ways(body, *known);
                 return parts_.pages.reply(200, page);
               });
}

void Inbox::contain(net::Request request, net::Respond respond) const {
  const auto token = token_of(request);
  if (token.empty()) return respond(see_other("/"));
  const auto proof = form_value(request.body, "proof").value_or("");
  if (!from_our_page(request, parts_.public_url()) || !crypto::equal_in_constant_time(proof, form_proof(token)))
    return respond(parts_.pages.message(403, "This did not come from our page",
                                        "The form was sent from somewhere else, or your session has ended. Nothing "
                                        "was changed."));
  const auto id = parse_id(form_value(request.body, "approval").value_or(""));
  if (!id) return respond(parts_.pages.message(400, "That form can't be read", "Nothing was changed. Please go back."));
  const auto page = "/inbox/approvals/" + to_text(*id);
  auto shared = std::make_shared<net::Respond>(std::move(respond));
  const bool queued =
      parts_.store.read([this, shared, token, page, id = *id, now = parts_.clock.now()](app::View& view) {
        const auto session = sessions_.find(view, token, now);
        if (!session) return (*shared)(see_other("/"));
        contain_.by_id(
            id, {.name = session->name, .security = session->security, .is_person = session->is_person}, "inbox",
            [shared, page](Result<app::Contained> contained) {
              (*shared)(see_other(contained ? page + "?done=contained"
                                            : fmt::format("{}?problem={}", page, contain_problem(contained.error()))));
            });
      });
  if (!queued) (*shared)(see_other(page + "?problem=busy"));
}

}  // namespace countersign::web
