#include "main/serve/syslogs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "main/serve/sources.hpp"

namespace countersign::cli {
namespace {

intake::SyslogSettings settings_of(const SyslogConfig& configured) {
  intake::SyslogSettings settings;
  settings.source = source_of(configured);
  settings.transport = configured.transport;
  settings.stream.name = fmt::format("[syslog.{}]", configured.name);
  settings.stream.listen = configured.listen;
  settings.stream.tls_certificate = configured.tls_certificate;
  settings.stream.tls_private_key = configured.tls_private_key;
  settings.stream.client_ca = configured.client_ca;
  settings.stream.limits.connections = configured.connections;
  settings.stream.limits.connections_per_peer = std::max<std::size_t>(1, configured.connections / 4);
  settings.stream.limits.idle_time = configured.idle_time;
  settings.networks = configured.networks;
  settings.clients = configured.clients;
  settings.zone = configured.zone;
  return settings;
}

std::string_view word_of(intake::SyslogTransport transport) {
  switch (transport) {
    case intake::SyslogTransport::tcp:
      return "tcp";
    case intake::SyslogTransport::tls:
      return "tls";
    case intake::SyslogTransport::udp:
      return "udp";
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<Syslogs>> Syslogs::open(const Config& config, net::Loop& loop, app::Ingest& ingest,
                                               app::Store& store, app::Scheduler& scheduler, const Clock& clock,
                                               const std::shared_ptr<spdlog::logger>& log) {
  auto syslogs = std::make_unique<Syslogs>();
  for (const auto& configured : config.syslogs) {
    auto opened = intake::SyslogListener::open(settings_of(configured), loop, ingest, store, scheduler, clock,
                                               [log](std::string_view what) { log->warn("{}", what); });
    if (!opened) return fail(opened.error().fault, "[syslog.{}]: {}", configured.name, opened.error().message);
    const auto host = configured.listen.substr(0, configured.listen.rfind(':'));
    log->info("syslog {}: listening on {}:{} ({})", configured.name, host, (*opened)->port(),
              word_of(configured.transport));
    syslogs->listeners_.push_back(*std::move(opened));
  }
  return syslogs;
}

std::vector<std::string> Syslogs::reasons() const {
  std::vector<std::string> reasons;
  for (const auto& listener : listeners_)
    std::ranges::move(listener->troubles(), std::back_inserter(reasons));
  return reasons;
}

std::vector<web::Metric> Syslogs::metrics() const {
  if (listeners_.empty()) return {};
  web::Metric messages{"countersign_syslog_messages_total", "counter", "Syslog messages taken.", {}};
  web::Metric waiting{"countersign_syslog_waiting", "gauge", "Syslog messages on their way into the store.", {}};
  web::Metric open{"countersign_syslog_connections_open", "gauge", "Syslog connections open now.", {}};
  web::Metric accepted{"countersign_syslog_connections_total", "counter", "Syslog connections accepted.", {}};
  web::Metric left_out{"countersign_syslog_left_out_total",
                       "counter",
                       "What was not taken from syslog senders as it came, by reason.",
                       {}};
  for (const auto& listener : listeners_) {
    const auto figures = listener->figures();
    const auto source = fmt::format(R"(source="{}")", web::label(figures.name));
    messages.samples.emplace_back(source, figures.messages);
    waiting.samples.emplace_back(source, figures.waiting);
    open.samples.emplace_back(source, figures.connections.open);
    accepted.samples.emplace_back(source, figures.connections.accepted);
    for (const auto& [kind, count] : figures.left_out)
      left_out.samples.emplace_back(
          fmt::format(R"({},reason="{}")", source, web::label(kind.substr(kind.find('.') + 1))), count);
  }
  return {messages, waiting, open, accepted, left_out};
}

void Syslogs::stop(Duration grace, net::Loop::Task done) {
  auto after_all = std::make_shared<net::Loop::Task>(std::move(done));
  auto left = std::make_shared<std::size_t>(listeners_.size() + 1);
  const auto one_less = [after_all, left] {
    if (--*left == 0) (*after_all)();
  };
  for (const auto& listener : listeners_)
    listener->stop(grace, one_less);
  one_less();
}

}  // namespace countersign::cli
