#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "main/config/reading.hpp"
#include "main/zones.hpp"

namespace countersign::cli {
namespace {

constexpr std::array<std::string_view, 2> classes{"log", "api"};

/// "127.0.0.1:514", "[::1]:514": nobody else reaches it.
bool is_loopback(std::string_view listen) {
  return listen.starts_with("127.") || listen.starts_with("[::1]");
}

void read_transport(Section& table, SyslogConfig& syslog) {
  const auto transport = table.text("transport", "tcp");
  if (transport == "tls")
    syslog.transport = intake::SyslogTransport::tls;
  else if (transport == "udp")
    syslog.transport = intake::SyslogTransport::udp;
  else if (transport != "tcp")
    table.problem("transport", fmt::format("'{}' is no transport; write \"tcp\", \"tls\" or \"udp\"", transport));
}

void read_tls(Section& table, SyslogConfig& syslog) {
  syslog.tls_certificate = table.path("tls_certificate").value_or("");
  syslog.tls_private_key = table.path("tls_private_key").value_or("");
  syslog.client_ca = table.path("client_ca").value_or("");
  syslog.clients = table.texts("client_names");
  const bool tls = syslog.transport == intake::SyslogTransport::tls;
  if (tls && (syslog.tls_certificate.empty() || syslog.tls_private_key.empty()))
    table.problem("transport", fmt::format("{} needs tls_certificate and tls_private_key for tls", table.name()));
  for (const auto* key : {"tls_certificate", "tls_private_key", "client_ca"})
    if (!tls && table.has(key)) table.problem(key, fmt::format("{} is of no use without transport = \"tls\"", key));
  if (tls && !syslog.tls_certificate.empty() && !syslog.tls_private_key.empty())
    check_tls_files(table, syslog.tls_certificate, syslog.tls_private_key, syslog.client_ca);
  if (!syslog.clients.empty() && syslog.client_ca.empty())
    table.problem("client_names", "nothing proves a sender's name; add client_ca = \"….pem\"");
}

void read_networks(Section& table, SyslogConfig& syslog) {
  for (const auto& text : table.texts("networks")) {
    auto network = core::Network::parse(text);
    if (network)
      syslog.networks.push_back(*std::move(network));
    else
      table.problem("networks", network.error().message);
  }
}

}  // namespace

SyslogConfig read_syslog(const std::string& name, Section& table) {
  SyslogConfig syslog;
  syslog.name = name;
  syslog.listen = table.required("listen");
  if (const auto sound = net::check_listen(syslog.listen); !syslog.listen.empty() && !sound)
    table.problem("listen", sound.error().message);
  read_transport(table, syslog);
  read_tls(table, syslog);
  read_networks(table, syslog);
  syslog.witness = table.text("class", "log");
  if (std::ranges::find(classes, syslog.witness) == classes.end())
    table.problem("class", fmt::format("'{}' is no class of syslog's; write log or api", syslog.witness));
  syslog.hosts = read_hosts(table);
  syslog.default_program = table.text("default_program", "");
  syslog.json_rules = read_json_rules(table, {});
  if (auto zone = find_zone(table.text("timezone", "UTC")))
    syslog.zone = *std::move(zone);
  else
    table.problem("timezone", zone.error().message);
  syslog.connections = static_cast<std::size_t>(table.number("connections", 1, 65'536, 1024));
  syslog.idle_time = table.duration("idle_time", syslog.idle_time);
  if (syslog.networks.empty() && syslog.client_ca.empty() && !is_loopback(syslog.listen))
    table.warn(
        "listen",
        fmt::format("whoever reaches {} may write log lines; add networks = [\"…\"]{}", table.name(),
                    syslog.transport == intake::SyslogTransport::udp ? "" : ", or transport = \"tls\" with client_ca"));
  table.finish();
  return syslog;
}

}  // namespace countersign::cli
