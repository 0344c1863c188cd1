#include "chat/slack/users.hpp"

#include "chat/slack/json.hpp"

namespace countersign::chat::slack {
namespace {

constexpr Duration good_for = std::chrono::hours(24);
constexpr Duration bad_for = std::chrono::hours(1);        // an account may be given back
constexpr Duration silent_for = std::chrono::minutes(10);  // Slack could not say
constexpr std::size_t most_known = 100'000;

bool flag_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

Profile read_profile(const nlohmann::json& answer) {
  Profile out;
  const auto user = answer.find("user");
  if (user == answer.end() || !user->is_object()) return out;
  out.id = string_at(*user, {"id"});
  out.email = string_at(*user, {"profile", "email"});
  out.name = string_at(*user, {"profile", "real_name"});
  if (out.name.empty()) out.name = string_at(*user, {"name"});
  out.deleted = flag_at(*user, "deleted");
  out.bot = flag_at(*user, "is_bot") || out.id == "USLACKBOT";
  out.guest = flag_at(*user, "is_restricted") || flag_at(*user, "is_ultra_restricted");
  return out;
}

std::string unreachable(const Profile& profile) {
  if (profile.deleted) return fmt::format("their Slack account {} is deactivated", profile.id);
  if (profile.bot) return fmt::format("the Slack account {} is a bot's", profile.id);
  return {};
}

UserStandings::UserStandings(net::Client& client, const SlackSettings& settings, app::Store& store,
                             app::Scheduler& scheduler, const Clock& clock)
    : api_(client, settings), store_(store), scheduler_(scheduler), clock_(clock) {
  // Read before the first message, or not: then Slack is asked once more.
  (void)store_.read([this](app::View& view) {
    auto users = view.slack_users();
    if (!users) return;
    scheduler_.post([this, users = *std::move(users)] {
      for (const auto& user : users)
        known_.try_emplace(user.id, Known{user.checked_at, user.standing, true});
    });
  });
}

void UserStandings::ask(const std::string& user, Told told) {
  if (const auto known = known_.find(user); known != known_.end()) {
    const auto age = clock_.now() - known->second.checked_at;
    const auto& standing = known->second.standing;
    const auto most = !known->second.answered ? silent_for : standing.empty() ? good_for : bad_for;
    if (age >= Duration::zero() && age < most) return told(standing);
  }
  api_.query("users.info", {{"user", user}}, [this, user, told = std::move(told)](Api::Answer answer) mutable {
    answered(user, answer, std::move(told));
  });
}

void UserStandings::answered(const std::string& user, const Api::Answer& answer, Told told) {
  if (known_.size() >= most_known) known_.clear();
  auto profile = answer ? read_profile(*answer) : Profile{};
  const bool says = !profile.id.empty();
  const Known known{clock_.now(), says ? unreachable(profile) : std::string(), says};
  known_.insert_or_assign(user, known);
  if (says)
    store_.write([row = app::SlackUser{user, known.checked_at, known.standing}](
                     app::Ledger& ledger) { return ledger.keep(row); },
                 [](const Result<void>&) {});  // not kept, it is asked again: nothing is lost
  told(known.standing);
}

}  // namespace countersign::chat::slack
