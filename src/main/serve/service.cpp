#include "main/serve/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <iterator>

#include "app/policy_document.hpp"
#include "main/policy.hpp"
#include "main/report.hpp"
#include "main/serve/sources.hpp"
#include "store/store.hpp"

namespace countersign::cli {
namespace {

constexpr auto drain_grace = std::chrono::seconds(2);
constexpr auto request_grace = std::chrono::seconds(5);
constexpr auto last_moment = std::chrono::seconds(9);  // SIGTERM promises ten
constexpr std::string_view version = "0.1.0";

std::vector<std::string> names_of(const std::vector<ExportConfig>& exports) {
  std::vector<std::string> names;
  for (const auto& one : exports)
    names.push_back(one.settings.name);
  return names;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::open(Config config, std::shared_ptr<const app::Policy> policy,
                                               std::shared_ptr<spdlog::logger> log) {
  std::unique_ptr<Service> service(new Service(std::move(config), std::move(policy), std::move(log)));
  if (auto opened = service->open_store(); !opened) return std::unexpected(opened.error());
  service->open_chat();
  if (auto opened = service->open_tails(); !opened) return std::unexpected(opened.error());
  auto syslogs = Syslogs::open(service->config_, service->loop_, *service->ingest_, *service->store_,
                               service->scheduler_, service->clock_, service->log_);
  if (!syslogs) return std::unexpected(syslogs.error());
  service->syslogs_ = *std::move(syslogs);
  if (auto opened = service->open_site(); !opened) return std::unexpected(opened.error());
  return service;
}

Service::Service(Config config, std::shared_ptr<const app::Policy> policy, std::shared_ptr<spdlog::logger> log)
    : config_(std::move(config)), log_(std::move(log)), policy_(std::move(policy)), scheduler_(loop_) {}

/// The store goes first: it finishes what is queued, and its answers may still post to the others.
Service::~Service() {
  outbox_to_wake_ = nullptr;
  home_to_wake_ = nullptr;
  exports_to_wake_ = nullptr;
  escalation_to_wake_ = nullptr;
  reconcile_to_wake_ = nullptr;
  server_.reset();
  store_.reset();
}

Result<void> Service::open_store() {
  auto opened = store::open({.url = config_.store_url,
                             .clock = &clock_,
                             .random = &random_,
                             .on_commit =
                                 [this](bool deliveries, bool timers) {
                                   if (auto* home = home_to_wake_.load(); home && deliveries) home->wake();
                                   if (auto* escalation = escalation_to_wake_.load(); escalation && timers)
                                     escalation->wake();
                                 },
                             .on_looks =
                                 [this] {
                                   if (auto* reconcile = reconcile_to_wake_.load()) reconcile->wake();
                                 },
                             .on_feed =
                                 [this] {
                                   if (auto* exports = exports_to_wake_.load()) exports->wake();
                                 },
                             .follow_up = [this]() -> std::optional<app::Store::FollowUp> {
                               auto* outbox = outbox_to_wake_.load();
                               return outbox ? outbox->follow_up() : std::nullopt;
                             }});
  if (!opened) return std::unexpected(opened.error());
  store_ = *std::move(opened);
  ingest_ = std::make_unique<app::Ingest>(*store_, policy_, clock_);
  decide_ = std::make_unique<app::Decide>(*store_, policy_, clock_);
  return {};
}

Result<void> Service::open_tails() {
  auto settings = tail_settings(config_, policy_.current()->engine.rules());
  if (!settings) return std::unexpected(settings.error());
  for (auto& tail : *settings)
    tails_.push_back(std::make_unique<intake::Tail>(std::move(tail), *ingest_, *store_, scheduler_, clock_,
                                                    [log = log_](std::string_view what) { log->info("{}", what); }));
  backfills_ = std::make_unique<BackfillParts>(config_, loop_, *ingest_, *store_, scheduler_, clock_,
                                               [log = log_](std::string_view what) { log->info("{}", what); });
  return {};
}

Result<void> Service::open_site() {
  auto webhooks = make_webhooks(config_);
  if (!webhooks) return std::unexpected(webhooks.error());
  provider_client_ = net::Client::open(loop_, {.connections_per_origin = 2, .waiting_per_origin = 16});
  std::vector<web::Mount> mounts;
  if (slack_endpoint_) mounts.push_back({"/slack", *slack_endpoint_});
  agents_ = std::make_unique<Agents>(config_, *store_, scheduler_, policy_, clock_, random_, log_);
  mounts.push_back({"/agents", agents_->endpoint()});
  web::SiteParts parts{.store = *store_,
                       .ingest = *ingest_,
                       .decide = *decide_,
                       .policy = policy_,
                       .clock = clock_,
                       .random = random_,
                       .webhooks = *std::move(webhooks),
                       .client = provider_client_.get(),
                       .tokens = config_.tokens,
                       .mounts = std::move(mounts),
                       .public_url = [this] { return public_url(); },
                       .render_report = report_renderers(),
                       .lines = make_line_decoder(),
                       .canaries = &canaries_->canaries(),
                       .sources = configured_sources(config_),
                       .backfills = &backfills_->all,
                       .vitals = {.reasons = [this] { return reasons(); },
                                  .http = [this] { return server_->counters(); },
                                  .exports = names_of(config_.exports),
                                  .more = [this] { return syslogs_->metrics(); }},
                       .inbox = config_.inbox,
                       .version = std::string(version),
                       .request_memory = config_.request_memory,
                       .warn = [log = log_](std::string_view what) { log->warn("{}", what); }};
  site_ = std::make_unique<web::Site>(std::move(parts));
  add_round(
      [this](app::Ledger& ledger, const app::Policy&, Timestamp now) { return site_->refusals().look(ledger, now); });
  net::ServerOptions options{
      .listen = config_.listen, .tls_certificate = config_.tls_certificate, .tls_private_key = config_.tls_private_key};
  options.on_exception = [log = log_](std::string_view what) { log->error("a request failed: {}", what); };
  options.on_refused = [this](const net::Request& head, int status) { return site_->refused_unread(head, status); };
  for (const auto& hook : config_.webhooks)
    options.limits.body_bytes_in_flight = std::max(options.limits.body_bytes_in_flight, hook.max_body);
  auto server = net::Server::open(loop_, *site_, std::move(options));
  if (!server) return std::unexpected(server.error());
  server_ = *std::move(server);
  return {};
}

std::vector<std::string> Service::reasons() const {
  std::vector<std::string> reasons;
  if (slack_)
    if (auto reason = slack_->health(); !reason.empty()) reasons.push_back(std::move(reason));
  if (socket_mode_)
    if (auto reason = socket_mode_->health(); !reason.empty()) reasons.push_back(std::move(reason));
  for (const auto& tail : tails_)
    if (auto trouble = tail->trouble(); !trouble.empty()) reasons.push_back("tail: " + trouble);
  std::ranges::move(syslogs_->reasons(), std::back_inserter(reasons));
  std::ranges::move(agents_->reasons(), std::back_inserter(reasons));
  std::ranges::move(exports_->reasons(), std::back_inserter(reasons));
  std::ranges::move(canaries_->canaries().reasons(), std::back_inserter(reasons));
  std::ranges::move(silence_.reasons(), std::back_inserter(reasons));
  return reasons;
}

void Service::note_configuration() {
  store_->write([detail = app::detail_of_load(*policy_.current(), config_.file), now = clock_.now()](
                    app::Ledger& ledger) { return ledger.audit(now, "configuration", "countersign", detail); },
                [log = log_](Result<void> written) {
                  if (!written)
                    log->error("the configuration's audit row was not written: {}", written.error().message);
                });
}

void Service::run() {
  loop_.on_signal({SIGTERM, SIGINT}, [this](int signal) { stop(signal); });
  loop_.on_signal({SIGHUP}, [this](int) { reload(); });
  note_configuration();
  agents_->start();
  exports_->start();
  canaries_->canaries().start();
  outbox_->wake();
  escalation_->wake();
  reconcile_->wake();
  for (const auto& rounds : rounds_)
    rounds->start();
  if (surfaces_) surfaces_->token_check.start();
  audit_->start();
  if (heartbeat_) heartbeat_->start();
  for (const auto& tail : tails_)
    tail->start();
  backfills_->all.catch_up();
  if (socket_mode_) socket_mode_->start();
  loop_.run();
}

void Service::reload() try {
  auto loaded = load_config(config_.file);
  loaded.config.schedule.pagers = config_.schedule.pagers;  // those that are open: another takes a restart
  loaded.config.schedule.publishers = config_.schedule.publishers;
  const auto made = make_policy(loaded);
  for (const auto& problem : made.problems)
    if (!made.policy || problem.warning) log_->warn("{}", to_text(problem));
  if (!made.policy) {
    log_->error("{} is refused whole; the configuration read before stays", config_.file);
    return;
  }
  policy_.replace(made.policy);
  note_configuration();
  log_->info("people, rules, hosts, schedule and expected changes reloaded; the rest takes a restart");
} catch (const std::exception& error) {  // nothing that stands in a file may end the service
  log_->error("{} is refused whole; the configuration read before stays: {}", config_.file, error.what());
}

void Service::stop(int signal) {
  if (std::exchange(stopping_, true)) return;
  log_->info("signal {}: finishing what is in flight", signal);
  loop_.after(last_moment, [this] { loop_.stop(); });
  loop_.after(request_grace, [this] { pagers_->give_up(); });
  for (const auto& tail : tails_)
    tail->stop();
  backfills_->all.stop();
  if (socket_mode_) socket_mode_->stop();
  escalation_->stop();
  reconcile_->stop();
  for (const auto& rounds : rounds_)
    rounds->stop();
  audit_->stop();
  agents_->stop();
  exports_->stop();
  canaries_->stop();
  if (surfaces_) surfaces_->home.stop();
  if (surfaces_) surfaces_->token_check.stop();
  if (heartbeat_) heartbeat_->stop();
  syslogs_->stop(drain_grace,
                 [this] { server_->stop(request_grace, [this] { outbox_->stop([this] { loop_.stop(); }); }); });
}

}  // namespace countersign::cli
