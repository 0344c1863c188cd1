// The built-in inbox: pages for each person and for the security team, always behind a session that a one-time link
// or a security token opened. Safe for concurrent access; what it refers to must outlive every answer.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "app/contain.hpp"
#include "app/decide.hpp"
#include "app/policy.hpp"
#include "app/store.hpp"
#include "app/take.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "web/html.hpp"
#include "web/report.hpp"
#include "web/router.hpp"
#include "web/session.hpp"

namespace countersign::web {

struct InboxParts {
  app::Store& store;
  app::Decide& decide;
  const app::PolicySource& policy;
  const Clock& clock;
  Random& random;
  const ApiTokens& tokens;
  const Pages& pages;
  const Reports& reports;
  std::function<std::string()> public_url;
};

class Inbox {
 public:
  explicit Inbox(InboxParts parts) : parts_(std::move(parts)), sessions_(parts_.policy, parts_.tokens) {}

  void add_routes(Router& router);

 private:
  using Served = std::move_only_function<net::Response(app::View&, const Session&)>;

  [[nodiscard]] bool secure() const;
  [[nodiscard]] std::string token_of(const net::Request& request) const { return session_token(request, secure()); }
  /// With this request's session; without one, the start page is where it leads.
  void with_session(const net::Request& request, net::Respond respond, Served serve) const;
  /// A page's frame says who is signed in, and what came of the form before.
  void dress(Page& page, const Session& session, const std::string& query) const;

  // inbox.cpp: lists and the single approval
  void start(net::Request request, net::Respond respond) const;
  void list(net::Request request, net::Respond respond) const;
  void show(net::Request request, const std::string& id, net::Respond respond) const;
  void report(net::Request request, net::Respond respond) const;
  [[nodiscard]] net::Response list_page(app::View& view, const Session& session, const std::string& query) const;

  // inbox_door.cpp: in and out
  void ask_to_enter(net::Request request, net::Respond respond) const;
  void enter(net::Request request, net::Respond respond) const;
  void enter_with_token(net::Request request, net::Respond respond) const;
  void leave(net::Request request, net::Respond respond) const;

  // inbox_hosts.cpp: the hosts' witnesses, and the end of a denied login's session
  void hosts(net::Request request, net::Respond respond) const;
  void contain(net::Request request, net::Respond respond) const;

  // inbox_decide.cpp: a form's word
  void decide(net::Request request, net::Respond respond) const;
  void take(Id approval, const Session& session, std::shared_ptr<net::Respond> respond) const;

  const InboxParts parts_;
  const Sessions sessions_;
  mutable app::Take take_{parts_.store, parts_.policy, parts_.clock};
  mutable app::Contain contain_{parts_.store, parts_.clock};
};

}  // namespace countersign::web
