// The slash command: /countersign pending, find QUERY, expect, expected, help. Its answers only the one who asks sees.
// answer() is safe from any thread; `done` is called once, there or on a thread of the store.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/policy.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"
#include "chat/slack/api.hpp"
#include "chat/slack/settings.hpp"

namespace countersign::chat::slack {

struct Command {
  std::string user;     // "U…"
  std::string text;     // what stands behind the command's name
  std::string trigger;  // opens a form, within 3 s
};

/// A form's fields as an object of texts: what Slack posts by HTTP as it comes by Socket Mode. Fault::invalid for a bad
/// escape, a field that comes twice, or more than 100.
Result<nlohmann::json> fields_of(std::string_view form);

/// Fault::invalid where it names no user or command.
Result<Command> read_command(const nlohmann::json& payload);

class Commands {
 public:
  using Done = std::move_only_function<void(nlohmann::json)>;

  /// Everything handed over must outlive this and the answers it owes.
  Commands(app::Store& store, const app::PolicySource& policy, const Clock& clock, const SlackSettings& settings,
           Api& api)
      : store_(store), policy_(policy), clock_(clock), settings_(settings), api_(api) {}

  /// An ephemeral message; null where a form was opened instead.
  void answer(const Command& command, Done done);

 private:
  void pending(std::optional<core::Actor> reader, Done done);
  void find(const std::optional<core::Actor>& reader, const std::string& query, Done done);

  void expect(const std::optional<core::Actor>& reader, const std::string& trigger, Done done);
  void expected(std::optional<core::Actor> reader, Done done);

  app::Store& store_;
  const app::PolicySource& policy_;
  const Clock& clock_;
  const SlackSettings& settings_;
  Api& api_;
};

}  // namespace countersign::chat::slack
