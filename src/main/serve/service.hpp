// The running service: every room's objects, made in one order and ended in the other. One thread calls run(); it is
// the event loop's. A signal ends it (SIGTERM, SIGINT) or reloads people, rules, hosts and expected changes (SIGHUP).
#pragma once

#include <spdlog/logger.h>

#include <atomic>
#include <memory>

#include "app/decide.hpp"
#include "app/escalation.hpp"
#include "app/ingest.hpp"
#include "app/outbox.hpp"
#include "app/reconcile.hpp"
#include "app/rounds.hpp"
#include "app/silence.hpp"
#include "chat/slack/chat.hpp"
#include "chat/slack/interactivity.hpp"
#include "chat/slack/reachable.hpp"
#include "chat/slack/socket_mode.hpp"
#include "crypto/random.hpp"
#include "intake/tail.hpp"
#include "main/config/config.hpp"
#include "main/serve/agents.hpp"
#include "main/serve/audit_trail.hpp"
#include "main/serve/backfills.hpp"
#include "main/serve/canaries.hpp"
#include "main/serve/exports.hpp"
#include "main/serve/heartbeat.hpp"
#include "main/serve/loop_scheduler.hpp"
#include "main/serve/pagers.hpp"
#include "main/serve/slack_surfaces.hpp"
#include "main/serve/syslogs.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "net/websocket.hpp"
#include "web/site.hpp"

namespace countersign::cli {

class Service {
 public:
  /// Opens the store and the listening socket. Errors name the mend.
  static Result<std::unique_ptr<Service>> open(Config config, std::shared_ptr<const app::Policy> policy,
                                               std::shared_ptr<spdlog::logger> log);
  ~Service();

  [[nodiscard]] std::string url() const { return server_->url(); }
  /// Until a signal ends it.
  void run();

 private:
  Service(Config config, std::shared_ptr<const app::Policy> policy, std::shared_ptr<spdlog::logger> log);
  Result<void> open_store();
  void open_chat();
  void add_round(app::Rounds::Round round, Duration patience = {});
  void open_pagers();
  void open_slack(const chat::SlackSettings& settings);
  Result<void> open_tails();
  Result<void> open_site();
  [[nodiscard]] std::string link_to(Id approval) const;  // in the inbox; empty where there is none
  [[nodiscard]] std::string public_url() const { return config_.public_url.empty() ? url() : config_.public_url; }
  std::vector<std::string> reasons() const;
  void note_configuration();
  void reload();
  void stop(int signal);

  const Config config_;
  const std::shared_ptr<spdlog::logger> log_;
  const SystemClock clock_;
  crypto::SystemRandom random_;
  app::PolicySource policy_;
  net::Loop loop_;
  LoopScheduler scheduler_;
  std::atomic<app::Outbox*> outbox_to_wake_{nullptr};  // the store's writer looks here after each commit
  std::atomic<app::Escalation*> escalation_to_wake_{nullptr};
  std::atomic<app::Reconcile*> reconcile_to_wake_{nullptr};
  std::atomic<chat::slack::Home*> home_to_wake_{nullptr};
  std::atomic<Exports*> exports_to_wake_{nullptr};
  std::unique_ptr<net::Client> client_;
  std::unique_ptr<app::Store> store_;
  std::unique_ptr<app::Ingest> ingest_;
  std::unique_ptr<app::Decide> decide_;
  std::unique_ptr<net::Client> users_client_;  // these two with Slack only
  std::unique_ptr<app::Chat> slack_chat_;
  std::unique_ptr<app::Chat> chat_;
  chat::SlackChat* slack_ = nullptr;  // slack_chat_
  std::unique_ptr<SlackSurfaces> surfaces_;
  std::unique_ptr<chat::SlackEndpoint> slack_endpoint_;
  std::unique_ptr<net::Client> socket_urls_;  // these three with an app token only
  std::unique_ptr<net::WebSocketClient> sockets_;
  std::unique_ptr<chat::SocketMode> socket_mode_;
  std::unique_ptr<app::ChatRouter> router_;  // chat_ and the pagers
  std::unique_ptr<Pagers> pagers_;
  std::unique_ptr<app::Outbox> outbox_;
  std::unique_ptr<app::Escalation> escalation_;
  std::unique_ptr<app::Reconcile> reconcile_;
  app::Silence silence_;
  std::vector<std::unique_ptr<app::Rounds>> rounds_;
  std::unique_ptr<AuditTrail> audit_;
  std::unique_ptr<net::Client> provider_client_;  // what webhooks must fetch: certificates, confirmations
  std::unique_ptr<net::Client> heartbeat_client_;
  std::unique_ptr<Heartbeat> heartbeat_;  // with a heartbeat_url only
  std::vector<std::unique_ptr<intake::Tail>> tails_;
  std::unique_ptr<Syslogs> syslogs_;
  std::unique_ptr<BackfillParts> backfills_;
  std::unique_ptr<Agents> agents_;
  std::unique_ptr<Exports> exports_;
  std::unique_ptr<CanaryLogins> canaries_;
  std::unique_ptr<web::Site> site_;
  std::unique_ptr<net::Server> server_;
  bool stopping_ = false;
};

}  // namespace countersign::cli
