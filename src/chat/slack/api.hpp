// One call of Slack's Web API: the token, the encoding, the answer's class, and whether the token is any good.
// call() and query() from any thread; `done` runs once, on the client's thread. health() is safe from any thread.
#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/slack/errors.hpp"
#include "chat/slack/settings.hpp"
#include "net/client.hpp"

namespace countersign::chat::slack {

class Api {
 public:
  using Answer = std::expected<nlohmann::json, Refusal>;
  using Done = std::move_only_function<void(Answer)>;
  using Arguments = std::vector<std::pair<std::string, std::string>>;

  /// All must outlive the Api and every call. `token` is what the calls bear: the bot's, or settings.app_token.
  Api(net::Client& client, const SlackSettings& settings) : Api(client, settings, settings.bot_token) {}
  Api(net::Client& client, const SlackSettings& settings, const Secret& token);

  /// With a JSON body: methods that write.
  void call(std::string_view method, const nlohmann::json& arguments, Done done);
  /// With form arguments: methods that read; several of them take no JSON.
  void query(std::string_view method, const Arguments& arguments, Done done);

  /// Why nothing gets through, or what the token may not do, with the mend; empty while the credentials work.
  [[nodiscard]] std::string health() const;

 private:
  void send(std::string_view method, const char* content_type, std::string body, Done done);
  void note(const Answer& answer);
  void note_scopes(std::string_view granted);

  net::Client& client_;
  const Secret& token_;
  const bool bot_;    // it is the bot's token, whose scopes are the manifest's
  std::string base_;  // ends in '/'
  mutable std::mutex mutex_;
  std::string health_;        // guarded by mutex_
  bool wants_scope_ = false;  // health_ is of one scope; guarded by mutex_
  std::string granted_;       // the scopes that Slack named last; guarded by mutex_
  std::string lacking_;       // of those we need, in words; guarded by mutex_
};

}  // namespace countersign::chat::slack
