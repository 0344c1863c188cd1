#include "main/people.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/text.hpp"
#include "chat/slack/users.hpp"
#include "main/config/config.hpp"

namespace countersign::cli {
namespace {

using chat::slack::Api;
using chat::slack::Profile;

constexpr int most_tries = 3;  // of a question that Slack does not answer
constexpr auto between_tries = std::chrono::seconds(1);

struct SyncOptions {
  std::string config, write;
};

std::string one(std::string_view text) {
  return one_line(text, 120);
}

/// Asks Slack about one after the other; finished when there is nothing left to ask.
class Sync {
 public:
  Sync(const Config& config, net::Loop& loop, net::Client& client) : loop_(loop), api_(client, *config.slack) {
    for (const auto& person : config.directory.people) {
      if (!person.slack_user.empty())
        questions_.push_back({person.name, "users.info", "user", person.slack_user});
      else if (!person.email.empty())
        questions_.push_back({person.name, "users.lookupByEmail", "email", person.email});
      else
        problems_.push_back(fmt::format("{} has neither slack_user nor email: they can't be asked", one(person.name)));
    }
    for (const auto& id : config.slack->security_team) {
      const bool asked = std::ranges::any_of(questions_, [&](const Question& q) { return q.value == id; });
      if (!asked) questions_.push_back({"the security team's " + id, "users.info", "user", id});
    }
  }

  void next() {
    if (asked_ == questions_.size()) return loop_.stop();
    const auto& question = questions_[asked_];
    api_.query(question.method, {{question.key, question.value}}, [this](Api::Answer answer) { hear(answer); });
  }

  [[nodiscard]] const std::vector<std::string>& proposals() const { return proposals_; }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  /// Why it ended before its time; empty: it did not.
  [[nodiscard]] const std::string& broken_off() const { return broken_off_; }

 private:
  struct Question {
    std::string person;
    const char* method;
    const char* key;
    std::string value;
  };

  void hear(const Api::Answer& answer) {
    using Kind = app::Undelivered::Kind;
    const auto& question = questions_[asked_];
    const bool looked_up = std::string_view(question.key) == "email";
    if (!answer) {
      const auto& refused = answer.error().undelivered;
      if (refused.kind == Kind::wait)
        return loop_.after(refused.retry_after.value_or(std::chrono::seconds(1)), [this] { next(); });
      const bool passing = (refused.kind == Kind::retry || refused.kind == Kind::unclear) && !refused.retry_after;
      if (passing && ++tries_ < most_tries) return loop_.after(between_tries, [this] { next(); });
      if (refused.kind != Kind::bad_target) {
        broken_off_ = refused.why;
        return loop_.stop();
      }
      problems_.push_back(
          looked_up ? fmt::format("{}: nobody in Slack has the e-mail {}", one(question.person), one(question.value))
                    : fmt::format("{}: Slack knows no user {}", one(question.person), one(question.value)));
    } else {
      judge(question, chat::slack::read_profile(*answer), looked_up);
    }
    ++asked_;
    tries_ = 0;
    next();
  }

  void judge(const Question& question, const Profile& profile, bool looked_up) {
    const bool guest = profile.guest;
    if (const auto why = unreachable(profile); !why.empty() || guest)
      problems_.push_back(
          fmt::format("{}: {}", one(question.person),
                      why.empty() ? fmt::format("the Slack account {} is a guest's", one(profile.id)) : why));
    else if (looked_up)
      proposals_.push_back(fmt::format("slack_user = \"{}\"  # {}: Slack's {}, who has {}", one(profile.id),
                                       one(question.person), one(profile.name), one(question.value)));
  }

  net::Loop& loop_;
  Api api_;
  std::vector<Question> questions_;
  std::size_t asked_ = 0;
  int tries_ = 0;  // of the question that stands
  std::vector<std::string> proposals_, problems_;
  std::string broken_off_;
};

int write_proposals(const std::string& file, const std::vector<std::string>& lines) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    fmt::print(stderr, "{} is there already: name a file that is not\n", file);
    return 2;
  }
  std::ofstream out(file);
  for (const auto& line : lines)
    out << line << "\n";
  out.close();
  if (out) return 0;
  fmt::print(stderr, "{} can't be written\n", file);
  return 2;
}

int sync(const SyncOptions& options) {
  const auto loaded = load_config(options.config);
  if (has_errors(loaded.problems)) {
    fmt::print(stderr, "{} has errors; run countersign check --config {}\n", options.config, options.config);
    return 2;
  }
  if (!loaded.config.slack) {
    fmt::print(stderr, "{} has no [slack]: there is nobody to look up\n", options.config);
    return 2;
  }
  net::Loop loop;
  const auto client =
      net::Client::open(loop, {.ca_file = loaded.config.slack->ca_file, .timeout = loaded.config.slack->timeout});
  Sync people(loaded.config, loop, *client);
  people.next();
  if (people.broken_off().empty()) loop.run();
  if (!people.broken_off().empty()) {
    fmt::print(stderr, "{}\n", one_line(people.broken_off(), 500));
    return 2;
  }
  for (const auto& line : people.proposals())
    fmt::print("{}\n", line);
  for (const auto& problem : people.problems())
    fmt::print(stderr, "{}\n", problem);
  if (!people.proposals().empty())
    fmt::print(stderr,
               "Found by e-mail alone: see that each is who you mean, then put its line into their [[person]].\n");
  if (!options.write.empty())
    if (const auto failed = write_proposals(options.write, people.proposals()); failed != 0) return failed;
  return people.problems().empty() ? 0 : 1;
}

}  // namespace

void add_people(CLI::App& app, int& status) {
  auto* people = app.add_subcommand("people", "Who is who")->require_subcommand(1);
  auto options = std::make_shared<SyncOptions>();
  auto* command = people->add_subcommand(
      "sync",
      "Propose Slack ids by e-mail, and check those configured; exit 1 where one is deactivated, a guest or a bot");
  command->add_option("--config", options->config, "Configuration file")->required();
  command->add_option("--write", options->write, "Also write the proposals to this new file");
  command->callback([&status, options] { status = sync(*options); });
}

}  // namespace countersign::cli
