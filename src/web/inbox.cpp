#include "web/inbox.hpp"

#include <algorithm>
#include <array>

#include "app/containable.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "web/card.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t most_waiting = 100;  // on one page
constexpr std::size_t most_recent = 20;
constexpr std::size_t most_notices = 3;

// What came of a form. The query only names one of these, so nothing of it is ever shown.
struct Told {
  std::string_view key, code, text;
};
constexpr std::array<Told, 17> told{{
    {"done", "approved", "Thank you. It is approved."},
    {"done", "trusted", "Thank you. It is approved, and so is the same again for a while."},
    {"done", "taken", "It is yours: nobody is reminded of it for a while."},
    {"done", "disputed", "Denied: what was said in your name is taken back, and the security team was told."},
    {"done", "denied", "Denied. The security team was told."},
    {"done", "rerouted", "Thank you. The security team has it now."},
    {"done", "second", "Your word is recorded. A second person must approve it too."},
    {"done", "revised", "The decision is revised."},
    {"problem", "decided", "This was decided already. It stands as below."},
    {"problem", "forbidden", "You may not decide this. The security team can."},
    {"problem", "same", "This can only be approved for itself: the same again can't be told."},
    {"problem", "none", "Nothing was ticked, so nothing was decided."},
    {"problem", "reason", "A revision needs a reason."},
    {"problem", "busy", "The service is busy. Nothing was changed: please try again."},
    {"done", "contained", "The host's agent is asked to end the session. What it did will be shown below."},
    {"problem", "uncontained", "No agent can end this session, or it was asked already."},
    {"problem", "unknown", "That is not here any more."},
}};

Result<std::vector<app::FullApproval>> in_state(app::View& view, const std::string& person, core::ApprovalState state) {
  app::ApprovalFilter filter;
  filter.state = state;
  filter.person = person;
  filter.limit = most_recent;
  auto page = view.approvals(filter);
  if (!page) return std::unexpected(page.error());
  return std::move(page->rows);
}

/// Decided ones of every kind, newest first.
Result<std::vector<app::FullApproval>> recent(app::View& view, const std::string& person) {
  std::vector<app::FullApproval> all;
  for (const auto state : {core::ApprovalState::approved, core::ApprovalState::denied, core::ApprovalState::expected}) {
    auto some = in_state(view, person, state);
    if (!some) return some;
    std::move(some->begin(), some->end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(),
            [](const app::FullApproval& a, const app::FullApproval& b) { return a.approval.id > b.approval.id; });
  if (all.size() > most_recent) all.erase(all.begin() + most_recent, all.end());
  return all;
}

void add_filter(ctemplate::TemplateDictionary& body, const core::Directory& directory, const std::string& chosen) {
  auto* const filter = body.AddSectionDictionary("FILTER");
  for (const auto& person : directory.entries().people) {
    auto* const option = filter->AddSectionDictionary("PERSON");
    option->SetValue("NAME", person.name);
    if (person.name == chosen) option->ShowSection("CHOSEN");
  }
}

std::string_view title_of(const app::Notification& notice) {
  if (notice.purpose == "daily") return "The day before";
  if (notice.purpose == "quarantine") return "Messages no rule understood";
  return "From the service";
}

/// What the service itself told the security team, newest first.
void add_notices(ctemplate::TemplateDictionary& body, const std::vector<app::Notification>& notices) {
  if (notices.empty()) return;
  auto* const section = body.AddSectionDictionary("NOTICES");
  for (const auto& notice : notices) {
    auto* const one = section->AddSectionDictionary("NOTICE");
    one->SetValue("TITLE", value(title_of(notice)));
    one->SetValue("ISO", to_rfc3339(notice.created_at));
    if (notice.state == app::NotificationState::cancelled)
      one->AddSectionDictionary("UNSENT")->SetValue("TEXT", one_line(notice.error, 80));
    std::string_view said = notice.detail;
    for (std::size_t end = 0; end != std::string_view::npos; said.remove_prefix(std::min(end + 1, said.size()))) {
      end = said.find('\n');
      one->AddSectionDictionary("LINE")->SetValue("TEXT", one_line(said.substr(0, end), 400));
      if (end == std::string_view::npos) break;
    }
  }
}

std::string same_for(const core::Schedule& schedule) {
  return schedule.trust_for > Duration::zero() ? countersign::to_text(schedule.trust_for) : std::string();
}

std::string heading(const Session& session, std::size_t waiting, bool more) {
  if (waiting == 0) return "Inbox";
  const auto count = fmt::format("{}{} {}", waiting, more ? "+" : "", waiting == 1 ? "login waits" : "logins wait");
  if (session.security) return count + " for an answer";
  return waiting == 1 ? "Was this you?" : "Was this you? " + count;
}

}  // namespace

void Inbox::add_routes(Router& router) {
  const auto route = [&](const char* method, const char* pattern,
                         void (Inbox::*serve)(net::Request, net::Respond) const) {
    router.add(method, pattern,
               [this, serve](net::Request request, const std::vector<std::string>&, net::Respond respond) {
                 (this->*serve)(std::move(request), std::move(respond));
               });
  };
  route("GET", "/", &Inbox::start);
  route("GET", "/inbox", &Inbox::list);
  route("GET", "/inbox/enter", &Inbox::ask_to_enter);
  route("POST", "/inbox/enter", &Inbox::enter);
  route("POST", "/inbox/token", &Inbox::enter_with_token);
  route("POST", "/inbox/leave", &Inbox::leave);
  route("POST", "/inbox/decide", &Inbox::decide);
  route("GET", "/report", &Inbox::report);
  route("GET", "/hosts", &Inbox::hosts);
  route("POST", "/inbox/contain", &Inbox::contain);
  router.add("GET", "/inbox/approvals/:",
             [this](net::Request request, const std::vector<std::string>& segments, net::Respond respond) {
               show(std::move(request), segments.at(0), std::move(respond));
             });
}

void Inbox::report(net::Request request, net::Respond respond) const {
  with_session(request, std::move(respond),
               [this, query = request.query](app::View& view, const Session& session) -> net::Response {
                 if (!session.security)
                   return parts_.pages.message(403, "The report is the security team's",
                                               "Sign in with a link or a token of the security team.");
                 return parts_.reports.answer(view, query, "html");
               });
}

bool Inbox::secure() const {
  return parts_.public_url().starts_with("https://");
}

void Inbox::with_session(const net::Request& request, net::Respond respond, Served serve) const {
  const auto token = token_of(request);
  if (token.empty()) return respond(see_other("/"));
  from_view(parts_.store, std::move(respond),
            [this, token, now = parts_.clock.now(), serve = std::move(serve)](app::View& view) mutable {
              const auto session = sessions_.find(view, token, now);
              return session ? serve(view, *session) : see_other("/");
            });
}

void Inbox::dress(Page& page, const Session& session, const std::string& query) const {
  auto* const who = page.frame().AddSectionDictionary("WHO");
  who->SetValue("NAME", one_line(session.name, 60));
  who->SetValue("PROOF", session.form_proof);
  if (session.security) who->ShowSection("SECURITY");
  for (const auto& [key, code, text] : told) {
    if (form_value(query, key) != code) continue;
    auto* const flash = page.frame().AddSectionDictionary("FLASH");
    flash->SetValue("KIND", value(key));
    flash->SetValue("TEXT", value(text));
    return;
  }
}

void Inbox::start(net::Request request, net::Respond respond) const {
  Page page("landing.tpl", "Was this you?");
  auto landing = parts_.pages.reply(200, page);
  const auto token = token_of(request);
  if (token.empty()) return respond(std::move(landing));
  from_view(parts_.store, std::move(respond),
            [this, token, now = parts_.clock.now(), landing = std::move(landing)](app::View& view) mutable {
              return sessions_.find(view, token, now) ? see_other("/inbox") : std::move(landing);
            });
}

void Inbox::list(net::Request request, net::Respond respond) const {
  with_session(request, std::move(respond), [this, query = request.query](app::View& view, const Session& session) {
    return list_page(view, session, query);
  });
}

net::Response Inbox::list_page(app::View& view, const Session& session, const std::string& query) const {
  const auto now = parts_.clock.now();
  const auto directory = parts_.policy.current();
  // Only the security team chooses whose approvals it sees.
  const auto person = session.security ? form_value(query, "person").value_or("") : session.name;
  app::ApprovalFilter waiting;
  waiting.state = core::ApprovalState::pending;
  waiting.person = person;
  waiting.limit = most_waiting;
  waiting.cursor = form_value(query, "cursor").value_or("");
  auto pending = view.approvals(waiting);
  const auto decided = recent(view, person);
  const auto notices =
      session.security ? view.told(most_notices) : Result<std::vector<app::Notification>>(std::in_place);
  if (!pending || !decided || !notices)
    return parts_.pages.message(503, "The inbox can't be read now",
                                "The store did not answer. Nothing is lost: please try again in a moment.");
  auto& rows = pending->rows;
  if (session.security) std::reverse(rows.begin(), rows.end());  // what has waited longest comes first

  const auto title = heading(session, rows.size(), !pending->next_cursor.empty());
  Page page("inbox.tpl", title);
  dress(page, session, query);
  page.frame().ShowSection("FRESH");
  auto& body = page.body();
  body.SetValue("HEADING", title);
  if (session.security) add_filter(body, directory->directory, person);
  if (rows.empty())
    body.AddSectionDictionary("NOTHING")->SetValue(
        "TEXT", session.security ? "Every login has its answer." : "We ask here when your account is used.");
  for (const auto& full : rows) {
    auto* const card = body.AddSectionDictionary("CARD")->AddIncludeDictionary("APPROVAL");
    card->SetFilename("approval.tpl");
    fill_card(*card, full, {.session = session, .now = now, .same_for = same_for(directory->schedule)}, true);
  }
  if (!pending->next_cursor.empty()) {
    auto* const more = body.AddSectionDictionary("MORE");
    more->SetValue("PERSON", person);
    more->SetValue("CURSOR", pending->next_cursor);
  }
  if (!decided->empty()) {
    auto* const list = body.AddSectionDictionary("RECENT");
    for (const auto& full : *decided)
      fill_row(*list->AddSectionDictionary("ROW"), full, now);
  }
  add_notices(body, *notices);
  return parts_.pages.reply(200, page);
}

void Inbox::show(net::Request request, const std::string& id_text, net::Respond respond) const {
  with_session(
      request, std::move(respond), [this, id_text, query = request.query](app::View& view, const Session& session) {
        const auto id = parse_id(id_text);
        const auto full = id ? view.approval(*id) : std::unexpected(id.error());
        if (!full || !may_see(session, full->approval))
          return parts_.pages.message(404, "There is no such approval",
                                      "It may be somebody else's, or the link is cut.");
        const Onlooker who{
            .session = session, .now = parts_.clock.now(), .same_for = same_for(parts_.policy.current()->schedule)};
        Page page("detail.tpl", full->events.empty() ? "Approval" : one_line(full->events.front().event.user, 60));
        dress(page, session, query);
        auto& body = page.body();
        auto* const card = body.AddIncludeDictionary("APPROVAL");
        card->SetFilename("approval.tpl");
        fill_card(*card, *full, who, false);
        const bool about_them = session.is_person && session.name == full->approval.subject;
        const auto state = full->approval.state;
        if (session.security && !about_them && state != core::ApprovalState::pending) {
          auto* const revise = body.AddSectionDictionary("REVISE");
          revise->SetValue("PROOF", session.form_proof);
          revise->SetValue("ID", to_text(full->approval.id));
          revise->ShowSection(state == core::ApprovalState::denied ? "TO_APPROVED" : "TO_DENIED");
        }
        if (session.security && !about_them && app::may_be_containable(*full)) {
          auto* const offer = body.AddSectionDictionary("CONTAIN");
          offer->SetValue("PROOF", session.form_proof);
          offer->SetValue("ID", to_text(full->approval.id));
        }
        fill_timeline(body, *full);
        return parts_.pages.reply(200, page);
      });
}

}  // namespace countersign::web
