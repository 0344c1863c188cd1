#include "agent/post.hpp"

#include <fmt/format.h>

#include <utility>

namespace countersign::agent {
namespace {

constexpr auto between_opens = std::chrono::seconds(5);

}  // namespace

Post::Post(std::unique_ptr<Witness> witness, Stream stream, net::Loop& loop, const Clock& clock, Events events)
    : witness_(std::move(witness)),
      stream_(std::move(stream)),
      loop_(loop),
      clock_(clock),
      events_(std::move(events)) {}

Post::~Post() {
  unwatch();
}

void Post::unwatch() {
  if (watched_ >= 0) loop_.unwatch(std::exchange(watched_, -1));
}

void Post::open() {
  if (auto opened = witness_->open(); !opened) return blind(opened.error().message);
  watching_ = true;
  const auto why = std::exchange(trouble_, "");
  stream_.watch(clock_.now(), why.empty() ? stream_.why_new_span() : why);
  if (!why.empty()) events_.tell(fmt::format("{}: watching again", witness_->witness_class()));
  watched_ = witness_->descriptor();
  if (watched_ >= 0) loop_.watch(watched_, [this] { look(); });
}

void Post::blind(const std::string& why) {
  unwatch();
  watching_ = false;
  stream_.blind(fmt::format("degraded: {}", why));
  if (std::exchange(trouble_, why) != why)
    events_.tell(fmt::format("degraded: {} sees nothing: {}", witness_->witness_class(), why));
  if (!witness_->may_come_back()) return;
  loop_.after(between_opens, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) open();
  });
}

void Post::look() {
  if (!watching_) return;
  const auto now = clock_.now();
  auto seen = witness_->look(now);
  if (!seen) return blind(seen.error().message);
  bool logins = seen->lost.logins > 0, any = seen->lost.any();
  for (const auto& sighting : seen->sightings) {
    any = true;
    logins = logins || !sighting.detail;
  }
  if (any) events_.seen(seen->sightings);
  if (witness_->gives_again()) {
    if (!stream_.look_durably(now, seen->sightings, !seen->more)) return;
    witness_->taken();
  } else {
    stream_.look(now, std::move(seen->sightings), std::move(seen->lost), !seen->more);
  }
  if (any) events_.fresh(stream_, logins);
  if (!seen->more) return;
  loop_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) look();
  });
}

void Post::add(Spooled sighting) {
  stream_.look(clock_.now(), {std::move(sighting)}, {}, false);
  events_.fresh(stream_, true);
}

void Post::close() {
  look();
  unwatch();
  watching_ = false;
  alive_.reset();
  stream_.keep(true);
}

}  // namespace countersign::agent
