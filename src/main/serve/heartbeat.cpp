#include "main/serve/heartbeat.hpp"

#include <fmt/format.h>

namespace countersign::cli {
namespace {

constexpr auto every = std::chrono::minutes(1);

}  // namespace

Heartbeat::Heartbeat(net::Client& client, app::Scheduler& scheduler, const Clock& clock, std::string url,
                     std::function<bool()> well, Tell tell)
    : client_(client),
      clock_(clock),
      url_(std::move(url)),
      well_(std::move(well)),
      tell_(std::move(tell)),
      alarm_(scheduler, clock, [this] { ping(); }) {}

void Heartbeat::start() {
  ping();
}

void Heartbeat::stop() {
  alarm_.stop();
}

void Heartbeat::ping() {
  alarm_.set(clock_.now() + every);
  if (!well_()) return;
  client_.send({.method = "GET", .url = url_, .headers = {{"User-Agent", "Countersign"}}}, [this](auto answer) {
    if (!answer)
      heard("no answer");
    else
      heard(answer->status < 400 ? "" : fmt::format("it answers {}", answer->status));
  });
}

void Heartbeat::heard(std::string_view trouble) {
  const bool fails = !trouble.empty();
  if (fails != std::exchange(failing_, fails))
    tell_(fails ? fmt::format("[notify] heartbeat_url can't be pinged: {}", trouble)
                : std::string("[notify] heartbeat_url is pinged again"));
}

}  // namespace countersign::cli
