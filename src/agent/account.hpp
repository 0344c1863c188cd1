// Who speaks for this host: the kept identity, how batches are proved, and joining, again where the server asks for it.
// Lives on the loop's thread; its owner outlives it.
#pragma once

#include <functional>
#include <string>

#include "agent/configuration.hpp"
#include "agent/enrolment.hpp"
#include "agent/identity.hpp"
#include "net/client.hpp"
#include "net/loop.hpp"

namespace countersign::agent {

class Account {
 public:
  struct Events {
    std::function<void(const std::string& agent_id)> changed;  // also the first time
    std::function<void(const std::string&)> tell;
  };
  /// Reads or makes the identity in the spool. An identity of another machine is given up: `foreign()`.
  static Result<Account> open(const Configuration& configuration, Machine machine, Random& random);

  [[nodiscard]] const Machine& machine() const { return machine_; }
  [[nodiscard]] const std::string& agent_id() const { return identity_.agent_id; }  // empty: not joined yet
  /// The key the server signs its requests with, or empty.
  [[nodiscard]] const std::string& server_key() const;
  /// What the spool holds was seen on another machine and must not be sent from here.
  [[nodiscard]] bool foreign() const { return foreign_; }
  [[nodiscard]] net::Headers prove(std::string_view body) const;

  /// Joins where that is still to do.
  void start(net::Loop& loop, net::Client& client, Events events);
  /// The server holds other batches under this id (409), or doesn't believe us (401, 403).
  void refused(int status, const std::string& why);

 private:
  Account(const Configuration& configuration, Machine machine, Identity identity, Random& random);
  [[nodiscard]] bool joins() const { return !configuration_->join_token_file.empty(); }
  [[nodiscard]] std::string path() const { return configuration_->spool + "/identity.json"; }
  void ask_to_join();
  void joined(Joined answer);
  void again(std::string why);
  void say(const std::string& what);

  const Configuration* configuration_;
  Machine machine_;
  Identity identity_;
  Random* random_;
  net::Loop* loop_ = nullptr;
  net::Client* client_ = nullptr;
  Events events_;
  std::string said_;
  bool foreign_ = false;
  bool asking_ = false;  // a join is under way or waits for its turn
};

}  // namespace countersign::agent
