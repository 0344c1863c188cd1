// The parts that speak to people: Slack or the inbox alone, pagers, the heartbeat, and the rounds that owe messages.
#include <fmt/format.h>

#include "app/outage.hpp"
#include "app/prune_buttons.hpp"
#include "app/quarantine_digest.hpp"
#include "chat/inbox/inbox_chat.hpp"
#include "main/serve/service.hpp"

namespace countersign::cli {

void Service::open_chat() {
  if (config_.slack) {
    open_slack(*config_.slack);
  } else {
    chat_ = std::make_unique<chat::InboxChat>();
  }
  open_pagers();
  app::OutboxSettings delivery;
  if (slack_) delivery.pace = chat::SlackChat::pace;
  outbox_ = std::make_unique<app::Outbox>(*store_, scheduler_, clock_, random_, policy_, *router_, delivery);
  escalation_ = std::make_unique<app::Escalation>(*store_, scheduler_, clock_, policy_);
  outbox_to_wake_ = outbox_.get();
  escalation_to_wake_ = escalation_.get();
  reconcile_ = std::make_unique<app::Reconcile>(*store_, scheduler_, clock_, policy_);
  reconcile_to_wake_ = reconcile_.get();
  exports_ = std::make_unique<Exports>(config_.exports, *store_, loop_, scheduler_, clock_);
  exports_to_wake_ = exports_.get();
  canaries_ = std::make_unique<CanaryLogins>(config_.canaries, *store_, scheduler_, clock_, policy_);
  add_round(app::digest_quarantine);
  add_round(app::prune_buttons);
  add_round([this](app::Ledger& ledger, const app::Policy& policy, Timestamp now) {
    return silence_.look(ledger, policy, now);
  });
  audit_ = std::make_unique<AuditTrail>(config_, loop_, *store_, scheduler_, clock_, policy_, *router_);
  if (slack_ && !config_.pagers.empty())
    add_round(app::outage_round("Slack"), app::outage_rest(policy_.current()->schedule));
}

void Service::add_round(app::Rounds::Round round, Duration patience) {
  rounds_.push_back(std::make_unique<app::Rounds>(*store_, scheduler_, clock_, policy_, std::move(round), patience));
}

void Service::open_slack(const chat::SlackSettings& settings) {
  client_ = net::Client::open(loop_, {.ca_file = settings.ca_file,
                                      .connections_per_origin = app::OutboxSettings{}.at_once,
                                      .timeout = settings.timeout});
  auto slack = std::make_unique<chat::SlackChat>(
      *client_, settings, clock_, [this](Id approval) { return link_to(approval); },
      [log = log_](std::string_view what) { log->warn("{}", what); });
  slack_ = slack.get();
  slack_chat_ = std::move(slack);
  users_client_ = net::Client::open(loop_, {.ca_file = settings.ca_file, .timeout = std::chrono::seconds(3)});
  chat_ =
      std::make_unique<chat::Reachable>(*slack_chat_, *users_client_, slack_->settings(), *store_, scheduler_, clock_);
  auto speak = [this](std::string value, core::Word word, app::Decide::Done done) {
    decide_->by_button(value, std::move(word), std::move(done));
  };
  surfaces_ = std::make_unique<SlackSurfaces>(*store_, scheduler_, clock_, random_, policy_, std::move(speak), *client_,
                                              *slack_);
  home_to_wake_ = &surfaces_->home;
  const auto& hear = surfaces_->in_time;
  slack_endpoint_ = std::make_unique<chat::SlackEndpoint>(slack_->settings(), clock_, hear);
  if (settings.app_token.empty()) return;
  socket_urls_ = net::Client::open(
      loop_, {.ca_file = settings.ca_file, .idle_time = std::chrono::seconds(1), .timeout = std::chrono::seconds(5)});
  sockets_ = net::WebSocketClient::open(loop_, {.ca_file = settings.ca_file});
  socket_mode_ =
      std::make_unique<chat::SocketMode>(*socket_urls_, *sockets_, slack_->settings(), hear, scheduler_, random_,
                                         [log = log_](std::string_view what) { log->warn("{}", what); });
}

void Service::open_pagers() {
  router_ = std::make_unique<app::ChatRouter>(*chat_);
  auto link = [this](Id approval) { return link_to(approval); };
  pagers_ = std::make_unique<Pagers>(config_.pagers, link, loop_, scheduler_, clock_, *router_);
  if (config_.heartbeat_url.empty()) return;
  heartbeat_client_ = net::Client::open(loop_, {});
  heartbeat_ = std::make_unique<Heartbeat>(
      *heartbeat_client_, scheduler_, clock_, config_.heartbeat_url, [this] { return store_->healthy(); },
      [log = log_](std::string_view what) { log->warn("{}", what); });
}

std::string Service::link_to(Id approval) const {
  return config_.inbox ? fmt::format("{}/inbox/approvals/{}", public_url(), to_text(approval)) : std::string();
}

}  // namespace countersign::cli
