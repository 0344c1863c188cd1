#include "intake/syslog.hpp"

#include <fmt/format.h>

#include <utility>

#include "intake/syslog_reception.hpp"
#include "intake/syslog_streams.hpp"
#include "net/datagram.hpp"

namespace countersign::intake {
namespace {

constexpr auto between_counts = std::chrono::seconds(1);  // of what the kernel dropped

/// Syslog over UDP: a datagram is a message.
class SyslogDatagrams final : public net::DatagramHandler {
 public:
  SyslogDatagrams(SyslogReception& reception, std::function<void()> resume)
      : reception_(reception), resume_(std::move(resume)) {}

  bool received(std::string_view bytes, std::string_view address) override {
    if (!reception_.welcomes(address)) {
      reception_.lose("syslog.refused", address, "its address is in none of `networks`");
      return true;
    }
    // Some end the message as in a stream, and some as in C.
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r' || bytes.back() == '\0'))
      bytes.remove_suffix(1);
    if (!bytes.empty()) reception_.take(bytes, 0, std::string(address));
    if (!reception_.gathering().full()) return true;
    reception_.gathering().when_room([this] { resume_(); });
    return false;
  }

 private:
  SyslogReception& reception_;
  const std::function<void()> resume_;
};

}  // namespace

struct SyslogListener::Parts {
  Parts(SyslogSettings settings, app::Ingest& ingest, app::Store& store, app::Scheduler& scheduler_, const Clock& clock,
        Tell tell)
      : scheduler(scheduler_), reception(std::move(settings), ingest, store, scheduler_, clock, std::move(tell)) {}

  app::Scheduler& scheduler;
  SyslogReception reception;
  SyslogStreams streams{reception};
  SyslogDatagrams datagrams{reception, [this] { datagram->resume(); }};
  std::unique_ptr<net::StreamListener> stream;  // one of the two
  std::unique_ptr<net::DatagramListener> datagram;
  std::uint64_t dropped = 0;  // by the kernel, of which it was told
  const std::shared_ptr<int> alive = std::make_shared<int>();

  /// What the kernel dropped since the last look.
  void look() {
    const auto now = datagram->dropped();
    if (const auto fresh = now - std::exchange(dropped, now); fresh > 0)
      reception.lose("syslog.dropped", "",
                     "datagrams came faster than they could be taken, and the kernel dropped them; send over TCP, or "
                     "raise net.core.rmem_max",
                     fresh);
  }

  void keep_looking() {
    scheduler.after(between_counts, [this, weak = std::weak_ptr(alive)] {
      if (weak.expired()) return;
      look();
      keep_looking();
    });
  }

  /// Everything is taken; once it is durable, the rest is said.
  void settle(const std::shared_ptr<net::Loop::Task>& done) {
    reception.losses().flush();
    reception.gathering().when_empty([done] {
      if (*done) std::exchange(*done, nullptr)();
    });
  }
};

SyslogListener::SyslogListener(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SyslogListener::~SyslogListener() = default;

Result<std::unique_ptr<SyslogListener>> SyslogListener::open(SyslogSettings settings, net::Loop& loop,
                                                             app::Ingest& ingest, app::Store& store,
                                                             app::Scheduler& scheduler, const Clock& clock, Tell tell) {
  auto stream = settings.stream;
  const bool datagrams = settings.transport == SyslogTransport::udp;
  auto parts = std::make_unique<Parts>(std::move(settings), ingest, store, scheduler, clock, std::move(tell));
  if (datagrams) {
    auto opened = net::DatagramListener::open(loop, parts->datagrams, {.name = stream.name, .listen = stream.listen});
    if (!opened) return std::unexpected(opened.error());
    parts->datagram = *std::move(opened);
    parts->keep_looking();
  } else {
    auto opened = net::StreamListener::open(loop, parts->streams, std::move(stream));
    if (!opened) return std::unexpected(opened.error());
    parts->stream = *std::move(opened);
  }
  return std::unique_ptr<SyslogListener>(new SyslogListener(std::move(parts)));
}

std::uint16_t SyslogListener::port() const {
  return parts_->stream ? parts_->stream->port() : parts_->datagram->port();
}

void SyslogListener::stop(Duration grace, net::Loop::Task done) {
  auto once = std::make_shared<net::Loop::Task>(std::move(done));
  parts_->scheduler.after(grace, [once] {
    if (*once) std::exchange(*once, nullptr)();
  });
  if (parts_->stream) {
    parts_->stream->stop(grace, [this, once, weak = std::weak_ptr(parts_->alive)] {
      if (!weak.expired()) parts_->settle(once);
    });
  } else {
    parts_->datagram->close();
    parts_->look();
    parts_->settle(once);
  }
}

std::vector<std::string> SyslogListener::troubles() const {
  std::vector<std::string> all;
  const auto& reception = parts_->reception;
  if (const auto trouble = reception.gathering().trouble(); !trouble.empty())
    all.push_back(fmt::format("syslog {}: its messages are not taken, and its senders wait: {}",
                              reception.settings().source.name, trouble));
  if (auto trouble = reception.losses().trouble(); !trouble.empty()) all.push_back(std::move(trouble));
  return all;
}

SyslogFigures SyslogListener::figures() const {
  const auto& reception = parts_->reception;
  return {.name = reception.settings().source.name,
          .messages = reception.messages(),
          .waiting = reception.gathering().waiting(),
          .connections = parts_->stream ? parts_->stream->counters() : net::StreamCounters(),
          .left_out = reception.losses().counts()};
}

}  // namespace countersign::intake
