#include "intake/syslog_reception.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "intake/line_record.hpp"

namespace countersign::intake {
namespace {

constexpr std::size_t sample_size = 512;

}  // namespace

SyslogReception::SyslogReception(SyslogSettings settings, app::Ingest& ingest, app::Store& store,
                                 app::Scheduler& scheduler, const Clock& clock, SyslogListener::Tell tell)
    : settings_(std::move(settings)),
      clock_(clock),
      gathering_(settings_.source, ingest, scheduler),
      losses_(settings_.source.name, store, scheduler, clock, std::move(tell)) {}

bool SyslogReception::welcomes(std::string_view address) const {
  return settings_.networks.empty() || std::ranges::any_of(settings_.networks, [&](const core::Network& network) {
           return network.contains(address);
         });
}

bool SyslogReception::welcomes_names(const std::vector<std::string>& names) const {
  return settings_.clients.empty() || std::ranges::any_of(settings_.clients, [&](const std::string& pattern) {
           return std::ranges::any_of(names, [&](const std::string& name) { return glob(pattern, name); });
         });
}

void SyslogReception::take(std::string_view text, std::size_t left_out, const std::string& address) {
  ++messages_;
  if (left_out == 0) {
    auto record = record_of_line(text, address, settings_.zone, clock_.now());
    // rsyslog keeps the blank between tag and text in its msg property, and so in RSYSLOG_SyslogProtocol23Format.
    if (record.message.starts_with(' ')) record.message.erase(0, 1);
    return gathering_.add(std::move(record));
  }
  lose("syslog.too_long", address, fmt::format("a message longer than {} KiB was cut", longest_message / 1024));
  gathering_.add_unreadable(std::string(text), fmt::format("too long: {} bytes, of which the last {} are left out",
                                                           text.size() + left_out, left_out));
}

void SyslogReception::keep(std::string_view sample, std::string why) {
  gathering_.add_unreadable(std::string(sample.substr(0, sample_size)), std::move(why));
}

void SyslogReception::lose(std::string_view kind, std::string_view address, std::string_view what,
                           std::uint64_t count) {
  losses_.note(kind,
               address.empty() ? fmt::format("syslog {}: {}", settings_.source.name, what)
                               : fmt::format("syslog {}, from {}: {}", settings_.source.name, address, what),
               count);
}

}  // namespace countersign::intake
