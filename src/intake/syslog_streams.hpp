// Syslog over TCP and TLS: what a connection brings. On the loop's thread.
#pragma once

#include <memory>

#include "intake/syslog_reception.hpp"
#include "net/stream.hpp"

namespace countersign::intake {

class SyslogStreams final : public net::StreamHandler {
 public:
  explicit SyslogStreams(SyslogReception& reception) : reception_(reception) {}
  std::unique_ptr<net::StreamReader> connected(const net::StreamPeer& peer) override;
  void turned_away(std::string_view address, std::string_view why) override;

 private:
  SyslogReception& reception_;
};

}  // namespace countersign::intake
