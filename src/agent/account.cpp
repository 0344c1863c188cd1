#include "agent/account.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/encoding.hpp"

namespace countersign::agent {
namespace {

constexpr auto between_joins = std::chrono::seconds(15);

}  // namespace

Account::Account(const Configuration& configuration, Machine machine, Identity identity, Random& random)
    : configuration_(&configuration), machine_(std::move(machine)), identity_(std::move(identity)), random_(&random) {}

Result<Account> Account::open(const Configuration& configuration, Machine machine, Random& random) {
  const bool joins = !configuration.join_token_file.empty();
  Account account(configuration, machine, new_identity(machine, joins, random), random);
  auto kept = load_identity(account.path());
  if (!kept) return std::unexpected(kept.error());
  account.foreign_ = *kept && (*kept)->machine_id != machine.machine_id;
  // Another way of being believed is another agent.
  const bool usable = *kept && !account.foreign_ && (*kept)->key.has_value() == joins;
  if (usable)
    account.identity_ = std::move(**kept);
  else if (auto saved = save_identity(account.path(), account.identity_); !saved)
    return std::unexpected(saved.error());
  return account;
}

const std::string& Account::server_key() const {
  return identity_.server_key.empty() ? configuration_->server_key : identity_.server_key;
}

net::Headers Account::prove(std::string_view body) const {
  if (!identity_.key) return {{"Authorization", fmt::format("Bearer {}", configuration_->token.reveal())}};
  return {{"Countersign-Agent", identity_.agent_id}, {"Countersign-Signature", to_base64(identity_.key->sign(body))}};
}

void Account::start(net::Loop& loop, net::Client& client, Events events) {
  loop_ = &loop;
  client_ = &client;
  events_ = std::move(events);
  if (identity_.agent_id.empty())
    ask_to_join();
  else
    events_.changed(identity_.agent_id);
}

void Account::say(const std::string& what) {
  if (std::exchange(said_, what) != what) events_.tell(what);
}

void Account::again(std::string why) {
  say(why);
  loop_->after(between_joins, [this] {
    asking_ = false;
    ask_to_join();
  });
}

void Account::ask_to_join() {
  if (std::exchange(asking_, true)) return;
  const auto token = read_join_token(configuration_->join_token_file);
  if (!token) return again(token.error().message);
  join(*client_, configuration_->server, *token, configuration_->host, machine_, *identity_.key,
       [this](Result<Joined> answer) {
         if (!answer) return again(answer.error().message);
         joined(std::move(*answer));
       });
}

void Account::joined(Joined answer) {
  asking_ = false;
  const bool same = answer.agent_id == identity_.agent_id;
  identity_.agent_id = std::move(answer.agent_id);
  identity_.server_key = std::move(answer.server_key);
  if (auto saved = save_identity(path(), identity_); !saved) return again(saved.error().message);
  say(fmt::format("joined as {}", identity_.agent_id));
  if (!same) events_.changed(identity_.agent_id);
}

void Account::refused(int status, const std::string& why) {
  if (!joins()) {
    if (status != 409) return;  // a wrong token is the operator's to mend; the courier says so and goes on trying
    auto fresh = new_identity(machine_, false, *random_);
    if (auto saved = save_identity(path(), fresh); !saved) return say(saved.error().message);
    say(
        fmt::format("the server holds other batches of agent {} ({}): was its spool copied or set back? Going on as "
                    "agent {}",
                    identity_.agent_id, why, fresh.agent_id));
    identity_ = std::move(fresh);
    return events_.changed(identity_.agent_id);
  }
  // 403: an operator removed this agent, and only an operator brings it back. 401: the server doesn't know it, having
  // lost what it knew; the same key may join again. 409: somebody else holds the key, so a new one asks, and an
  // operator has to allow it: `countersign agents remove HOST`.
  if (status == 403) return;
  if (status == 409 && !asking_) {
    auto fresh = new_identity(machine_, true, *random_);
    if (auto saved = save_identity(path(), fresh); !saved) return say(saved.error().message);
    identity_ = std::move(fresh);
    say(fmt::format("the server holds other batches under this agent's key ({}); asking to join with a new one", why));
  }
  ask_to_join();
}

}  // namespace countersign::agent
