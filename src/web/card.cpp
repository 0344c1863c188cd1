#include "web/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "app/origin.hpp"
#include "base/text.hpp"
#include "core/event_words.hpp"
#include "core/expected.hpp"
#include "web/json.hpp"
#include "web/words.hpp"

namespace countersign::web {
namespace {

using ctemplate::TemplateDictionary;

void set_time(TemplateDictionary& into, Timestamp at, Timestamp now) {
  into.SetValue("ISO", to_rfc3339(at));
  into.SetValue("UTC", utc_words(at));
  into.SetValue("AGO", ago(at, now));
}

void add_text(TemplateDictionary& into, const char* section, std::string_view text) {
  if (!text.empty()) into.AddSectionDictionary(section)->SetValue("TEXT", one_line(text, 600));
}

void set_headline(TemplateDictionary& into, const app::FullApproval& full) {
  const auto event = full.events.empty() ? core::Event() : full.events.front().event;
  into.SetValue("ID", to_text(full.approval.id));
  const bool nobodys = event.user.empty() && full.approval.kind == "finding";
  into.SetValue("USER", nobodys ? "Finding" : event.user.empty() ? "Somebody" : one_line(event.user, 120));
  auto deed = deed_words(event);
  const auto elsewhere = [&](const app::StoredEvent& other) { return other.event.host != event.host; };
  if (std::any_of(full.events.begin(), full.events.end(), elsewhere)) deed += " and other hosts";
  into.SetValue("DEED", deed);
  std::int64_t times = 0;
  for (const auto& stored : full.events)
    times += stored.event.count;
  if (times > 1) {
    into.SetValue("COUNT", fmt::to_string(times));
    into.ShowSection("TIMES");
  }
}

void add_badge(TemplateDictionary& card, std::string_view kind, std::string_view text) {
  auto* const badge = card.AddSectionDictionary("BADGE");
  badge->SetValue("KIND", value(kind));
  badge->SetValue("TEXT", value(text));
}

/// Whether a second witness speaks for every event.
bool confirmed(const app::FullApproval& full) {
  const auto by_kernel = [](const app::Sighting& sighting) { return sighting.witness == "kernel"; };
  return !full.events.empty() &&
         std::all_of(full.events.begin(), full.events.end(), [&](const app::StoredEvent& stored) {
           return std::any_of(stored.sightings.begin(), stored.sightings.end(), by_kernel);
         });
}

void add_badges(TemplateDictionary& card, const app::FullApproval& full, const Session& session) {
  const auto& approval = full.approval;
  const auto state = core::to_text(approval.state);
  if (approval.state == core::ApprovalState::pending)
    add_badge(card, "ask", session.security ? "waiting" : "waiting for you");
  else
    add_badge(card, fmt::format("state {}", state), state);
  if (approval.severity != core::Severity::normal)
    add_badge(card, core::to_text(approval.severity), core::to_text(approval.severity));
  if (approval.kind == "finding") add_badge(card, "finding", "finding");
  if (approval.kind == "late") add_badge(card, "late", "arrived late");
  if (approval.escalated && approval.state == core::ApprovalState::pending)
    add_badge(card, "escalated", session.security ? "escalated" : "the security team was told");
  if (confirmed(full)) add_badge(card, "confirmed", "confirmed by the kernel");
  if (approval.approvers > 1) add_badge(card, "two", "needs two people");
  if (approval.needs_reason && approval.state == core::ApprovalState::pending)
    add_badge(card, "two", "approving needs a reason");
  if (session.security && !approval.taken_by.empty() && approval.state == core::ApprovalState::pending)
    add_badge(card, "to", "taken by " + one_line(approval.taken_by, 60));
  if (session.security)
    add_badge(card, "to", approval.person.empty() ? "nobody to ask" : "asked: " + one_line(approval.person, 60));
}

void add_fact(TemplateDictionary& card, const char* name, const std::string& text, bool mono = false) {
  if (text.empty()) return;
  auto* const fact = card.AddSectionDictionary("FACT");
  fact->SetValue("NAME", name);
  fact->SetValue("VALUE", text);
  if (mono) fact->ShowSection("MONO");
}

void add_facts(TemplateDictionary& card, const core::Event& event) {
  add_fact(card, "From", origin_words(event), true);
  add_fact(card, "How", method_words(event));
  add_fact(card, "Key name", one_line(core::field(event, "ssh.key.name"), 60));
  add_fact(card, "Key", one_line(event.key, 120), true);
  add_fact(card, "Signed by", one_line(event.authority, 120), true);
  add_fact(card, "When", utc_words(event.time));
  add_fact(card, "As", one_line(core::field(event, "user.effective.name"), 120), true);
  add_fact(card, "What", one_line(core::deed_of(event), 600), true);
  for (const auto& [label, text] : core::particulars_of(event))
    add_fact(card, label.data(), one_line(text, 120), true);
}

void add_standing(TemplateDictionary& card, const core::Approval& approval, Timestamp now) {
  if (approval.decisions.empty()) return;
  const auto* decision = standing_decision(approval);
  if (!decision) decision = &approval.decisions.back();
  auto* const said = card.AddSectionDictionary("SAID");
  const bool in_part = decision->settles && approval.state == core::ApprovalState::pending;
  said->SetValue("TEXT", (in_part ? "In part: " : "") + decision_words(*decision) + " " + via_words(decision->via));
  set_time(*said, decision->at, now);
  auto why = decision->reason;
  for (const auto& note : decision->notes)
    why += (why.empty() ? "" : "; ") + (note.by == decision->by ? "" : one_line(note.by, 60) + ": ") + note.text;
  add_text(*said, "WHY", why);
}

/// Empty where this session may decide; else why not, which may be nothing worth saying.
std::optional<std::string> hindrance(const Session& session, const core::Approval& approval) {
  if (approval.state != core::ApprovalState::pending && approval.state != core::ApprovalState::denied) return "";
  const bool open = std::any_of(approval.events.begin(), approval.events.end(),
                                [](const core::Asked& asked) { return asked.state == core::ApprovalState::pending; });
  if (!open) return "";
  const bool subject = session.is_person && session.name == approval.subject;
  if (session.security)
    return subject ? std::optional("This is about you, so somebody else of the security team must decide it.")
                   : std::nullopt;
  if (approval.person != session.name) return "The security team decides this one.";
  return std::nullopt;
}

/// Lists what there is to decide; answers the one open event of a card that needs no list.
std::string add_list(TemplateDictionary& card, const app::FullApproval& full, bool open) {
  if (full.events.size() < 2) return full.events.empty() ? std::string() : to_text(full.events.front().id);
  auto* const list = card.AddSectionDictionary("LIST");
  list->SetValue("LEGEND", fmt::format("{} events{}", full.events.size(), open ? ": untick what you leave open" : ""));
  for (const auto& stored : full.events) {
    auto* const row = list->AddSectionDictionary("EVENT");
    row->SetValue("EVENT_ID", to_text(stored.id));
    row->SetValue("ISO", to_rfc3339(stored.event.time));
    row->SetValue("UTC", utc_words(stored.event.time));
    row->SetValue("ORIGIN", origin_words(stored.event));
    row->SetValue("HOST", one_line(stored.event.host, 120));
    if (open && stored.state == core::ApprovalState::pending) {
      row->ShowSection("OPEN");
    } else {
      row->AddSectionDictionary("SETTLED")->SetValue("STATE", value(core::to_text(stored.state)));
    }
  }
  return {};
}

/// Whether "and the same" can be meant for all that waits here.
bool same_again(const app::FullApproval& full, const Onlooker& who) {
  return !who.same_for.empty() && !full.events.empty() &&
         std::ranges::all_of(full.events, [&](const app::StoredEvent& stored) {
           return core::repeatable(full.approval, stored.event) &&
                  stored.news.find(core::unknown_key_news) == std::string::npos;
         });
}

}  // namespace

bool may_see(const Session& session, const core::Approval& approval) {
  return session.security ||
         (session.is_person && (approval.person == session.name || approval.subject == session.name));
}

void fill_card(TemplateDictionary& card, const app::FullApproval& full, const Onlooker& who, bool linked) {
  const auto& approval = full.approval;
  set_headline(card, full);
  set_time(card, approval.created_at, who.now);
  card.SetValue("STATE", value(core::to_text(approval.state)));
  card.SetValue("PROOF", who.session.form_proof);
  if (linked) card.ShowSection("LINK");
  add_badges(card, full, who.session);
  add_text(card, "REASON", approval.reason);
  std::string news;
  for (const auto& stored : full.events)
    if (news.empty()) news = stored.news;
  if (who.session.name != approval.subject) news = app::news_for_others(std::move(news), approval.subject);
  add_text(card, "NEWS", news);
  if (!full.events.empty()) add_facts(card, full.events.front().event);
  add_standing(card, approval, who.now);

  const bool approved =
      std::ranges::find(approval.events, core::ApprovalState::approved, &core::Asked::state) != approval.events.end();
  if (!linked && approved && who.session.is_person && who.session.name == approval.subject) card.ShowSection("DISPUTE");
  const auto hindered = hindrance(who.session, approval);
  const auto single = add_list(card, full, !hindered);
  if (hindered) return add_text(card, "CANNOT", *hindered);
  card.ShowSection("DECIDE");
  auto* const buttons = card.AddSectionDictionary("DECIDE2");
  if (!single.empty()) buttons->AddSectionDictionary("SINGLE")->SetValue("EVENT_ID", single);
  const bool own = !who.session.security;
  if (own && approval.approvers > 1)
    add_text(*buttons, "OTHERS", "Two people other than you must approve this. If it was not you, say so.");
  else
    buttons->AddSectionDictionary("APPROVE")->SetValue("YES", own ? "Yes, it was me" : "Approve");
  buttons->SetValue("NO", own ? "No, deny it" : "Deny");
  if (same_again(full, who)) buttons->AddSectionDictionary("SAME")->SetValue("YES", "And the same for " + who.same_for);
  if (own) buttons->ShowSection("WRONG");
  if (who.session.security && approval.state == core::ApprovalState::pending) buttons->ShowSection("TAKE");
}

void fill_row(TemplateDictionary& row, const app::FullApproval& full, Timestamp now) {
  set_headline(row, full);
  row.SetValue("STATE", value(core::to_text(full.approval.state)));
  const auto* decision = standing_decision(full.approval);
  set_time(row, decision ? decision->at : full.approval.created_at, now);
  row.SetValue("SAID", decision ? decision_words(*decision) + " " + via_words(decision->via)
                                : one_line(full.approval.reason, 200));
}

void fill_timeline(TemplateDictionary& page, const app::FullApproval& full) {
  struct Step {
    Timestamp at;
    std::string kind, text, more;
    std::size_t order = 0;  // as they were found, where times are equal
  };
  std::vector<Step> steps;
  for (const auto& stored : full.events) {
    const auto& event = stored.event;
    const bool has_line = std::any_of(stored.sightings.begin(), stored.sightings.end(),
                                      [](const app::Sighting& sighting) { return !sighting.raw.empty(); });
    steps.push_back({event.time, "event", one_line(event.user, 120) + " " + deed_words(event),
                     has_line ? std::string() : origin_words(event)});
    for (const auto& sighting : stored.sightings)
      steps.push_back({sighting.received_at, "sighting",
                       fmt::format("Seen by {} ({})", one_line(sighting.source, 120), one_line(sighting.witness, 20)),
                       one_line(sighting.raw, 1000)});
  }
  for (const auto& owed : full.notifications) {
    const auto to = owed.to == core::security_channel ? "the security team" : one_line(owed.to, 120);
    steps.push_back({owed.sent_at.value_or(owed.created_at), "notified",
                     fmt::format("Message to {} ({}): {}", to, one_line(owed.purpose, 20), app::to_text(owed.state)),
                     one_line(owed.error, 300)});
  }
  for (const auto& decision : full.approval.decisions)
    steps.push_back({decision.at, std::string(core::to_text(decision.act)),
                     decision_words(decision) + " " + via_words(decision.via), one_line(decision.reason, 600)});
  for (const auto& decision : full.approval.decisions)
    for (const auto& note : decision.notes)
      steps.push_back({note.at, "note", one_line(note.by, 120) + " adds", one_line(note.text, 600)});
  for (std::size_t i = 0; i < steps.size(); ++i)
    steps[i].order = i;
  std::sort(steps.begin(), steps.end(),
            [](const Step& a, const Step& b) { return std::tie(a.at, a.order) < std::tie(b.at, b.order); });
  for (const auto& step : steps) {
    auto* const row = page.AddSectionDictionary("STEP");
    row->SetValue("KIND", step.kind);
    row->SetValue("ISO", to_rfc3339(step.at));
    row->SetValue("UTC", utc_words(step.at));
    row->SetValue("TEXT", step.text);
    add_text(*row, "MORE", step.more);
  }
}

}  // namespace countersign::web
