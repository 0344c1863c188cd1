#include "agent/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace countersign::agent {
namespace {

constexpr auto first_pause = std::chrono::seconds(1), longest_pause = std::chrono::seconds(60);
constexpr unsigned refusals_before_halving = 3;  // a 400 may be a proxy's

struct Answer {
  std::uint64_t acknowledged = 0;
  std::vector<Asked> asked;
};

Result<Answer> parse_answer(const std::string& body) {
  try {
    const auto json = nlohmann::json::parse(body);
    Answer answer;
    answer.acknowledged = json.at("acknowledged");
    for (const auto& command : json.value("commands", nlohmann::json::array())) {
      auto payload = from_base64(command.at("payload").get<std::string>());
      auto signature = from_base64(command.at("signature").get<std::string>());
      if (payload && signature) answer.asked.push_back({std::move(*payload), std::move(*signature)});
    }
    return answer;
  } catch (const nlohmann::json::exception&) {
    return fail(Fault::invalid, "the answer is none of Countersign's");
  }
}

/// What the server says is wrong, or the status alone.
std::string reason(const net::Response& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  for (const auto* key : {"error", "message"})
    if (json.is_object() && json.contains(key) && json[key].is_string())
      return fmt::format("{}: {}", response.status, one_line(json[key].get<std::string>(), 200));
  return fmt::format("the server answers {}", response.status);
}

}  // namespace

struct Courier::State : std::enable_shared_from_this<Courier::State> {
  struct Line {
    Stream* stream = nullptr;
    bool under_way = false;
    unsigned failures = 0, bad_requests = 0;
    Timestamp not_before{};   // back-off
    Timestamp heartbeat{};    // when an empty batch is due
    Timestamp wake{};         // the timer that is set
    std::uint64_t timer = 0;  // counts them: only the newest counts
    std::string trouble;
  };

  net::Loop& loop;
  net::Client& client;
  const Clock& clock;
  Random& random;
  const CourierSettings settings;
  const CourierEvents events;
  std::vector<std::unique_ptr<Line>> lines;
  bool started = false, finishing = false;
  std::optional<Timestamp> acknowledged;
  net::Loop::Task done;

  State(net::Loop& loop_, net::Client& client_, const Clock& clock_, Random& random_, CourierSettings settings_,
        CourierEvents events_)
      : loop(loop_),
        client(client_),
        clock(clock_),
        random(random_),
        settings(std::move(settings_)),
        events(std::move(events_)) {}

  void say(Line& line, std::string what) {
    if (what == line.trouble) return;
    line.trouble = std::move(what);
    events.tell(
        fmt::format("{}: {}", line.stream->witness_class(), line.trouble.empty() ? "delivered again" : line.trouble));
  }

  void wake(Line& line, Duration delay) {
    const auto at = std::max(clock.now() + delay, line.not_before);
    if (line.timer > 0 && line.wake != Timestamp{} && line.wake <= at) return;
    line.wake = at;
    loop.after(std::max(at - clock.now(), Duration::zero()), [self = weak_from_this(), &line, number = ++line.timer] {
      const auto alive = self.lock();
      if (!alive || number != line.timer) return;
      line.wake = {};
      alive->step(line);
    });
  }

  void step(Line& line) {
    if (!started || line.under_way) return;
    const auto now = clock.now();
    if (now < line.not_before) return wake(line, line.not_before - now);
    if (line.stream->pending().empty()) {
      events.before_seal(*line.stream);
      if (!line.stream->has_logins() && !line.stream->has_detail() && now < line.heartbeat)
        return wake(line, line.heartbeat - now);
      if (auto sealed = line.stream->seal(now); !sealed) return failed(line, sealed.error().message);
    }
    send(line);
  }

  void send(Line& line) {
    line.under_way = true;
    const auto& body = line.stream->pending();
    net::Call call{.method = "POST", .url = settings.url, .headers = events.prove(body), .body = body};
    call.headers.emplace_back("Content-Type", "application/json");
    client.send(std::move(call), [self = weak_from_this(), &line, sequence = line.stream->sequence()](auto reply) {
      const auto alive = self.lock();
      if (!alive) return;
      line.under_way = false;
      if (!reply)
        alive->failed(line, reply.error().message);
      else
        alive->answered(line, *reply, sequence);
      alive->end_if_done();
    });
  }

  void answered(Line& line, const net::Response& response, std::uint64_t sequence) {
    if (response.status / 100 != 2) return refused(line, response);
    auto answer = parse_answer(response.body);
    if (!answer) return failed(line, answer.error().message);
    if (answer->acknowledged < sequence)
      return failed(line, fmt::format("batch {} is answered with {}", sequence, answer->acknowledged));
    const auto now = clock.now();
    line.stream->acknowledged();
    line.failures = line.bad_requests = 0;
    line.not_before = {};
    line.heartbeat = now + settings.heartbeat;
    acknowledged = now;
    say(line, "");
    if (!answer->asked.empty()) events.asked(std::move(answer->asked));
    // A backlog goes on at once; what is fresh waits for its own hurry.
    wake(line, line.stream->has_logins() || line.stream->has_detail() ? Duration::zero() : settings.heartbeat);
  }

  void refused(Line& line, const net::Response& response) {
    const auto why = reason(response);
    const int status = response.status;
    if (status == 413 || (status == 400 && ++line.bad_requests >= refusals_before_halving)) {
      line.bad_requests = 0;
      if (auto halved = line.stream->halve(fmt::format("the server refused it: {}", why)); halved) {
        events.tell(fmt::format("{}: {}; the batch is halved", line.stream->witness_class(), why));
        return wake(line, Duration::zero());
      }
    }
    if (status == 401 || status == 403 || status == 409) events.refused(status, why);
    std::int64_t wait = 0;
    const auto asked = net::header(response.headers, "Retry-After");
    std::from_chars(asked.data(), asked.data() + asked.size(), wait);
    failed(line, why, std::chrono::seconds(std::clamp<std::int64_t>(wait, 0, 300)));
  }

  /// Doubling pauses up to three heartbeats, each somewhere in its upper half, so that hosts don't come back in step.
  void failed(Line& line, std::string why, Duration at_least = {}) {
    say(line, std::move(why));
    const Duration most =
        std::min<Duration>(longest_pause, std::max<Duration>(3 * settings.heartbeat, 2 * first_pause));
    const auto pause = std::min<Duration>(most, Duration(first_pause) * (1 << std::min(line.failures, 10U)));
    line.failures += 1;
    std::array<std::byte, 1> byte{};
    random.fill(byte);
    const auto jittered = pause / 2 + pause * std::to_integer<int>(byte[0]) / 510;
    line.not_before = clock.now() + std::max(jittered, at_least);
    line.wake = {};
    if (!finishing) wake(line, Duration::zero());
  }

  void end_if_done() {
    if (!finishing || !done) return;
    for (const auto& line : lines)
      if (line->under_way || (line->failures == 0 && !line->stream->pending().empty())) return;
    std::exchange(done, nullptr)();
  }
};

Courier::Courier(net::Loop& loop, net::Client& client, const Clock& clock, Random& random, CourierSettings settings,
                 CourierEvents events)
    : state_(std::make_shared<State>(loop, client, clock, random, std::move(settings), std::move(events))) {}

Courier::~Courier() = default;

void Courier::carry(Stream& stream) {
  state_->lines.push_back(std::make_unique<State::Line>());
  auto& line = *state_->lines.back();
  line.stream = &stream;
  if (state_->started) state_->wake(line, Duration::zero());
}

void Courier::start() {
  if (std::exchange(state_->started, true)) return;
  for (auto& line : state_->lines)
    state_->wake(*line, Duration::zero());
}

void Courier::hurry(Stream& stream, Duration delay) {
  for (auto& line : state_->lines)
    if (line->stream == &stream && state_->started) state_->wake(*line, delay);
}

void Courier::finish(Duration grace, net::Loop::Task done) {
  state_->finishing = true;
  state_->done = std::move(done);
  const auto now = state_->clock.now();
  for (auto& line : state_->lines) {
    if (!state_->started || line->under_way || line->failures > 0) continue;
    if (line->stream->pending().empty())
      if (!line->stream->seal(now)) continue;
    state_->send(*line);
  }
  state_->loop.after(grace, [self = std::weak_ptr(state_)] {
    const auto alive = self.lock();
    if (alive && alive->done) std::exchange(alive->done, nullptr)();
  });
  state_->loop.post([self = std::weak_ptr(state_)] {
    if (const auto alive = self.lock()) alive->end_if_done();
  });
}

std::optional<Timestamp> Courier::last_acknowledged() const {
  return state_->acknowledged;
}

std::string Courier::trouble() const {
  for (const auto& line : state_->lines)
    if (!line->trouble.empty()) return line->trouble;
  return "";
}

}  // namespace countersign::agent
