#include "intake/syslog_streams.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

#include "base/text.hpp"
#include "intake/syslog_framing.hpp"

namespace countersign::intake {
namespace {

constexpr auto longest_wait = std::chrono::minutes(1);  // for the end of a message that has begun
constexpr std::size_t names_shown = 200;

class SyslogStream final : public net::StreamReader {
 public:
  SyslogStream(SyslogReception& reception, std::string address)
      : reception_(reception), address_(std::move(address)), framing_(longest_message) {}

  void received(std::string_view bytes, net::GoOn go_on) override {
    bool ended_one = false;
    const auto taken = framing_.take(bytes, [&](const SyslogFrame& frame) {
      ended_one = true;
      reception_.take(frame.text, frame.left_out, address_);
    });
    if (!taken) return give_up("syslog.garbage", taken.error().message + "; the connection is closed", bytes);
    if (framing_.whole())
      began_.reset();
    else if (ended_one || !began_)
      began_ = reception_.now();
    else if (*began_ + longest_wait < reception_.now())
      return give_up("syslog.unfinished", "a message did not end within a minute; the connection is closed",
                     framing_.unfinished());
    reception_.gathering().when_room([this, alive = std::weak_ptr(alive_), go_on = std::move(go_on)]() mutable {
      if (alive.expired()) return;
      if (began_) began_ = reception_.now();  // the wait was ours
      go_on();
    });
  }

  void ended() override {
    if (given_up_ || framing_.whole()) return;
    reception_.lose("syslog.unfinished", address_, "the connection ended within a message");
    reception_.keep(framing_.unfinished(), "the connection ended within the message");
  }

 private:
  /// The connection ends when its GoOn is dropped.
  void give_up(std::string_view kind, std::string_view why, std::string_view sample) {
    given_up_ = true;
    reception_.lose(kind, address_, why);
    reception_.keep(sample, std::string(why));
  }

  SyslogReception& reception_;
  const std::string address_;
  SyslogFraming framing_;
  std::optional<Timestamp> began_;  // a message that has not ended
  bool given_up_ = false;
  const std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace

std::unique_ptr<net::StreamReader> SyslogStreams::connected(const net::StreamPeer& peer) {
  if (!reception_.welcomes(peer.address)) {
    reception_.lose("syslog.refused", peer.address, "its address is in none of `networks`");
    return nullptr;
  }
  if (!reception_.welcomes_names(peer.names)) {
    const auto names = one_line(fmt::format("{}", fmt::join(peer.names, ", ")), names_shown);
    reception_.lose("syslog.refused", peer.address,
                    fmt::format("its certificate's names match none of `client_names`: {}", names));
    return nullptr;
  }
  return std::make_unique<SyslogStream>(reception_, peer.address);
}

void SyslogStreams::turned_away(std::string_view address, std::string_view why) {
  reception_.lose("syslog.turned_away", address, fmt::format("a connection was closed: {}", why));
}

}  // namespace countersign::intake
