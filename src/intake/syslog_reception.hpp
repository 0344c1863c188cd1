// What all senders to one [syslog.NAME] share: who may send, and what becomes of a message. On the loop's thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "intake/gathering.hpp"
#include "intake/losses.hpp"
#include "intake/syslog.hpp"

namespace countersign::intake {

inline constexpr std::size_t longest_message = 64 * 1024;

class SyslogReception {
 public:
  SyslogReception(SyslogSettings settings, app::Ingest& ingest, app::Store& store, app::Scheduler& scheduler,
                  const Clock& clock, SyslogListener::Tell tell);

  [[nodiscard]] bool welcomes(std::string_view address) const;
  [[nodiscard]] bool welcomes_names(const std::vector<std::string>& names) const;
  /// One message, `left_out` bytes of it cut off.
  void take(std::string_view text, std::size_t left_out, const std::string& address);
  /// Something that is no message, kept with the reason.
  void keep(std::string_view sample, std::string why);
  /// "syslog.refused" and so on; `what` is said with the sender's address.
  void lose(std::string_view kind, std::string_view address, std::string_view what, std::uint64_t count = 1);

  [[nodiscard]] Gathering& gathering() { return gathering_; }
  [[nodiscard]] const Gathering& gathering() const { return gathering_; }
  [[nodiscard]] Losses& losses() { return losses_; }
  [[nodiscard]] const Losses& losses() const { return losses_; }
  [[nodiscard]] const SyslogSettings& settings() const { return settings_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] Timestamp now() const { return clock_.now(); }

 private:
  const SyslogSettings settings_;
  const Clock& clock_;
  Gathering gathering_;
  Losses losses_;
  std::uint64_t messages_ = 0;
};

}  // namespace countersign::intake
