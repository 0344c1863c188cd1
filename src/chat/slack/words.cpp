#include "chat/slack/words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/slack/finding_words.hpp"
#include "chat/slack/text.hpp"
#include "core/event_words.hpp"

namespace countersign::chat::slack {
namespace {

using core::ApprovalState;

constexpr std::size_t decisions_shown = 3;
constexpr std::size_t notes_shown = 3;
constexpr std::size_t fingerprint_limit = 80;
constexpr std::size_t word_limit = 24;
constexpr std::size_t detail_limit = 600;
constexpr std::size_t key_name_limit = 40;
constexpr std::size_t reason_limit = 120;
constexpr std::size_t deed_limit = 200;

bool to_channel(const app::OwedMessage& message) {
  return message.notification.to == core::security_channel;
}

/// "*SSH login*", "*SSH login*, 4 times": known kinds in words, any other as it was given.
std::string noun(const std::string& action, std::size_t count) {
  const auto* known = core::words_of_action(action);
  const bool logins = action == "ssh_login" || action == "console_login";
  if (count > 1 && logins) return fmt::format("*{} {}s*", count, known->noun);
  auto text = fmt::format("*{}*", known != nullptr ? known->noun : "event");
  if (known == nullptr && !action.empty()) text += " " + code(action);
  return count > 1 ? text + fmt::format(", {} times,", count) : text;
}

/// " as `oswaldo`", or where somebody did it as another user " by `oswaldo` as `root`".
std::string whom(const core::Event& event) {
  const auto as = core::field(event, "user.effective.name");
  auto text = event.user.empty() ? std::string() : (core::is_entry(event) ? " as " : " by ") + code(event.user);
  return as.empty() ? text : text + " as " + code(as);
}

std::string subject_noun(const app::OwedMessage& message) {
  if (message.approval.kind == "finding") return "finding";
  const bool logins = std::all_of(message.events.begin(), message.events.end(), [](const app::StoredEvent& e) {
    return e.event.action.find("login") != std::string::npos;
  });
  return logins ? "login" : "event";
}

/// It was said before, and nobody has decided.
bool speaks_again(const app::OwedMessage& message) {
  const auto& purpose = message.notification.purpose;
  return purpose == "escalation" || purpose == "repeat" || purpose == "page";
}

bool not_theirs(const app::OwedMessage& message) {
  return std::ranges::any_of(message.approval.decisions,
                             [](const auto& said) { return said.act == core::Act::wrong_person; });
}

bool passed_on(const app::OwedMessage& message) {
  return !to_channel(message) && message.approval.addressed_to == core::security_channel && not_theirs(message);
}

std::string question(const app::OwedMessage& message) {
  const bool many = is_burst(message);
  if (!to_channel(message)) return many ? "Were these you?" : "Was this you?";
  const auto what = subject_noun(message);
  return many ? fmt::format("are these {}s all right?", what) : fmt::format("is this {} all right?", what);
}

std::string through(std::string_view via) {
  return via.empty() || via == "slack" || via == "agent" ? "" : " through " + name(via, word_limit);
}

/// Who spoke. One of the security team whom the configuration gives no name is known by their Slack id, which Slack
/// shows as their name: it is of our own configuration, never of a log.
std::string who(const std::string& by, std::string_view via) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool id = (by.starts_with('U') || by.starts_with('W')) && std::ranges::any_of(by, digit) &&
                  std::ranges::all_of(by, [&](char c) { return digit(c) || (c >= 'A' && c <= 'Z'); });
  return id && via == "slack" ? "<@" + by + ">" : name(by);
}

/// What was added to a decision: its newest words, a line each; the page has them all.
std::string notes_of(const core::Decision& decision) {
  std::string out;
  const auto& notes = decision.notes;
  for (auto i = notes.size() > notes_shown ? notes.size() - notes_shown : 0; i < notes.size(); ++i)
    out += "\n" + (notes[i].by == decision.by ? "Added" : who(notes[i].by, notes[i].via)) + ": " +
           code(notes[i].text, reason_limit);
  return out;
}

}  // namespace

bool is_burst(const app::OwedMessage& message) {
  return std::max(message.events.size(), message.approval.events.size()) > 1;
}

std::string state_word(ApprovalState state) {
  switch (state) {
    case ApprovalState::approved:
      return "Approved";
    case ApprovalState::denied:
      return "Denied";
    case ApprovalState::expected:
      return "Expected";
    case ApprovalState::pending:
      break;
  }
  return "Pending";
}

std::string title(const app::OwedMessage& message) {
  const auto& purpose = message.notification.purpose;
  const auto& approval = message.approval;
  if (purpose == "quarantine") return "Messages no rule understood";
  if (purpose == "canary") return "Canaries";
  if (purpose == "daily") return "The day before";
  if (purpose == "receipt")
    return approval.state == ApprovalState::pending ? "Decided in part, in your name"
                                                    : state_word(approval.state) + " in your name";
  if (purpose == "denial" && approval.state == ApprovalState::denied && approval.kind == "finding")
    return "Alarm: this finding is not all right";
  if (purpose == "denial" && approval.state == ApprovalState::denied)
    return is_burst(message) ? fmt::format("Alarm: these {}s were denied", subject_noun(message))
                             : fmt::format("Alarm: this {} was denied", subject_noun(message));
  if (approval.state != ApprovalState::pending) return state_word(approval.state);
  if (passed_on(message)) return "Passed to the security team";
  if (purpose == "notice") return "For your information";
  if (approval.kind == "finding" && !speaks_again(message)) return "Finding: is this all right?";
  if (approval.kind == "late" || purpose == "digest") return "Late: it happened too long ago to ask its person";
  if (purpose == "escalation") return "No answer yet: " + question(message);
  if (purpose == "repeat") return "Still no answer: " + question(message);
  if (purpose == "page") return "Undecided for too long: " + question(message);
  // Rerouted without a word of theirs: their chat refused the message, and the reason among the notes says why.
  if (purpose == "reroute")
    return (not_theirs(message) ? "Wrong person: " : "Could not be asked: ") + question(message);
  return capital(question(message));
}

std::string happening(const app::OwedMessage& message) {
  if (message.events.empty()) {
    const auto& said = message.notification.detail;
    return message.approval.id ? "*Event*" : code(said.substr(0, said.find('\n')), detail_limit);
  }
  if (const auto kind = finding_kind(message); !kind.empty())
    return finding_line(kind, message, std::max(message.events.size(), message.approval.events.size()));
  const auto& event = message.events.front().event;
  const auto user = whom(event);
  if (!is_burst(message)) {
    const auto host = event.host.empty() ? std::string() : " on " + code(event.host);
    const auto repeated = event.count > 1 ? fmt::format(", {} times", event.count) : std::string();
    const auto deed = core::deed_of(event);
    return noun(event.action, 1) + user + host + repeated + (deed.empty() ? "" : ": " + code(deed, deed_limit));
  }
  const auto count = std::max(message.events.size(), message.approval.events.size());
  const bool one_host = std::all_of(message.events.begin(), message.events.end(),
                                    [&event](const app::StoredEvent& e) { return e.event.host == event.host; });
  const auto host = event.host.empty() ? std::string() : one_host ? " on " + code(event.host) : " on several hosts";
  return noun(event.action, count) + user + host;
}

std::string origin(const core::Event& event, bool with_port) {
  if (event.address.empty()) return {};
  const auto port = with_port && event.port ? fmt::format(" port {}", *event.port) : std::string();
  return code(event.address) + port;
}

std::string manner(const core::Event& event) {
  std::string out = event.method.empty() ? std::string() : name(event.method, word_limit);
  const auto add = [&out](const std::string& part) { out += out.empty() ? part : ", " + part; };
  const auto named = core::field(event, "ssh.key.name");
  if (!named.empty()) add("*" + name(named, key_name_limit) + "*");
  if (!event.key.empty())
    add((event.key_type.empty() ? std::string() : name(event.key_type, word_limit) + " ") +
        code(event.key, fingerprint_limit));
  if (!event.certificate.empty()) {
    const auto serial = event.serial.empty() ? std::string() : " serial " + name(event.serial, word_limit);
    add("certificate " + code(event.certificate) + serial);
  }
  if (!event.authority.empty()) add("CA " + code(event.authority, fingerprint_limit));
  return out;
}

std::string witnessed(const app::OwedMessage& message) {
  const auto& events = message.events;
  const auto all = [&](auto says) { return !events.empty() && std::ranges::all_of(events, says); };
  const auto any = [&](std::string_view verdict) {
    return std::ranges::find(events, verdict, &app::StoredEvent::verdict) != events.end();
  };
  const auto by_kernel = [](const app::StoredEvent& stored) {
    return stored.verdict == "matched" || std::ranges::find(stored.sightings, std::string_view("kernel"),
                                                            &app::Sighting::witness) != stored.sightings.end();
  };
  if (any("mismatch")) return "The kernel saw this differently.";
  if (any("missing_kernel")) return "The kernel of the host saw no such login.";
  if (any("missing_log")) return "Only the kernel saw this: no log line came.";
  return all(by_kernel) ? "Confirmed by the kernel." : "";
}

std::string silence(const app::OwedMessage& message) {
  const auto& approval = message.approval;
  if (!speaks_again(message) || approval.state != ApprovalState::pending) return {};
  if (approval.person.empty()) return "Nobody has decided since " + when(approval.created_at) + ".";
  return name(approval.person) + " was asked " + when(approval.created_at) + " and has not answered.";
}

std::string taken(const app::OwedMessage& message) {
  const auto& approval = message.approval;
  if (approval.taken_by.empty() || !approval.taken_until || approval.state != ApprovalState::pending) return {};
  return "Taken by " + who(approval.taken_by, "slack") + ": not repeated until " + when(*approval.taken_until) + ".";
}

std::vector<std::string> decisions(const core::Approval& approval) {
  std::vector<std::string> out;
  const auto& said = approval.decisions;
  const auto first = said.size() > decisions_shown ? said.size() - decisions_shown : 0;
  for (auto i = first; i < said.size(); ++i) {
    const auto& decision = said[i];
    const auto by = who(decision.by, decision.via);
    std::string line;
    switch (decision.act) {
      case core::Act::approve:
        line = "*Approved* by " + by;
        break;
      case core::Act::deny:
        line = "*Denied* by " + by;
        break;
      case core::Act::wrong_person:
        line = by + " says this was someone else";
        break;
      case core::Act::revise:
        line = "*Revised* by " + by;
        break;
    }
    line += through(decision.via) + ", " + when(decision.at);
    if (decision.trusted_until) line += ", and the same until " + when(*decision.trusted_until);
    if (decision.act == core::Act::approve && !decision.settles) line += ", waiting for a second person";
    if (!decision.reason.empty()) line += ": " + code(decision.reason, reason_limit);
    line += notes_of(decision);
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace countersign::chat::slack
