#include "net/client/pool.hpp"

#include <fmt/format.h>

#include <utility>

namespace countersign::net {

namespace {

std::string origin_of(const Url& url) {
  return fmt::format("{}{}", url.secure ? "https://" : "http://", url.peer());
}

}  // namespace

Pool::Pool(Executor executor, ClientOptions options)
    : executor_(executor), options_(std::move(options)), tls_(client_tls(options_.ca_file)), sweeper_(executor) {}

void Pool::submit(std::shared_ptr<Pending> pending) {
  if (closed_) return;
  auto url = parse_url(pending->call.url);
  if (!url) return finish(*pending, std::unexpected(ClientFailure{Sent::no, std::move(url.error().message)}));
  pending->url = *std::move(url);
  auto head = request_head(pending->url, pending->call);
  if (!head) return finish(*pending, std::unexpected(ClientFailure{Sent::no, std::move(head.error().message)}));
  pending->head = *std::move(head);
  auto& origin = origins_[origin_of(pending->url)];
  if (origin.busy < options_.connections_per_origin) {
    watch(pending);
    return start(origin, std::move(pending));
  }
  std::erase_if(origin.waiting, [](const auto& waiting) { return !waiting->done; });  // out of time
  if (origin.waiting.size() >= options_.waiting_per_origin) {
    auto message = fmt::format("{}: {} calls wait already", pending->url.peer(), origin.waiting.size());
    return finish(*pending, std::unexpected(ClientFailure{Sent::no, std::move(message)}));
  }
  watch(pending);
  origin.waiting.push_back(std::move(pending));
}

void Pool::start(Origin& origin, std::shared_ptr<Pending> pending) {
  ++origin.busy;
  running_.insert(pending);
  asio::co_spawn(executor_, run(shared_from_this(), std::move(pending)), asio::detached);
}

void Pool::watch(const std::shared_ptr<Pending>& pending) {
  pending->deadline.emplace(executor_, pending->attempt->until);
  pending->deadline->async_wait([self = weak_from_this(), weak = std::weak_ptr(pending)](ErrorCode error) {
    const auto pool = self.lock();
    const auto late = weak.lock();
    if (error || !pool || !late || !late->done) return;
    late->attempt->end();
    pool->finish_late(*late);
  });
}

Async<void> Pool::run(std::shared_ptr<Pool> self, std::shared_ptr<Pending> pending) {
  auto reply = co_await self->perform(*pending);
  self->running_.erase(pending);
  auto wire = std::exchange(pending->attempt->wire, nullptr);
  const bool keep = reply && reply->reusable && !pending->attempt->over && !self->closed_;
  if (wire && !keep) wire->close();
  // The connection is given back first: what `done` sends next may use it.
  self->release(pending->url, keep ? std::move(wire) : nullptr);
  if (reply) {
    self->finish(*pending, std::move(reply->response));
  } else {
    self->finish(*pending, std::unexpected(std::move(reply.error())));
  }
}

Async<std::expected<Reply, ClientFailure>> Pool::perform(Pending& pending) {
  auto& attempt = *pending.attempt;
  if (attempt.over) co_return std::unexpected(ClientFailure{Sent::no, "given up"});
  const auto name = pending.url.peer();
  const auto with_name = [&](std::expected<Reply, ClientFailure> reply) {
    if (!reply) reply.error().message = fmt::format("{}: {}", name, reply.error().message);
    return reply;
  };
  attempt.wire = take_idle(origins_[origin_of(pending.url)]);
  if (attempt.wire) {
    pending.waiting_for = "the reply";
    auto reply = co_await exchange(*attempt.wire, pending.head, pending.call, options_.reply_bytes, pending.sent);
    if (reply || pending.sent == Sent::maybe || attempt.over) co_return with_name(std::move(reply));
    attempt.wire->close();  // it went stale between the look and the write: nothing was sent, so once more
  }
  pending.waiting_for = "the connection";
  if (auto dialled = co_await dial(executor_, tls_, pending.url, pending.attempt); !dialled) {
    co_return std::unexpected(ClientFailure{Sent::no, std::move(dialled.error())});
  }
  if (attempt.over) co_return std::unexpected(ClientFailure{Sent::no, "given up"});
  pending.waiting_for = "the reply";
  co_return with_name(co_await exchange(*attempt.wire, pending.head, pending.call, options_.reply_bytes, pending.sent));
}

std::shared_ptr<Wire> Pool::take_idle(Origin& origin) {
  while (!origin.idle.empty()) {
    auto wire = std::move(origin.idle.back().wire);
    origin.idle.pop_back();
    if (wire->quiet()) return wire;
    wire->close();
  }
  return nullptr;
}

void Pool::release(const Url& url, std::shared_ptr<Wire> reusable) {
  const auto at = origins_.find(origin_of(url));
  if (at == origins_.end()) return;
  auto& origin = at->second;
  --origin.busy;
  if (reusable) origin.idle.push_back({std::move(reusable), Steady::now()});
  // A call that has next to no time left would be sent and given up at once, and nobody could say what came of it.
  const auto worth_starting = Steady::now() + options_.timeout / 20;
  std::vector<std::shared_ptr<Pending>> too_late;
  while (!origin.waiting.empty() && origin.busy < options_.connections_per_origin) {
    auto next = std::move(origin.waiting.front());
    origin.waiting.pop_front();
    if (!next->done) continue;
    if (next->attempt->until < worth_starting) {
      too_late.push_back(std::move(next));
    } else {
      start(origin, std::move(next));
    }
  }
  if (!origin.idle.empty() && !sweeping_) sweep();
  if (origin.busy == 0 && origin.idle.empty() && origin.waiting.empty()) origins_.erase(at);
  for (const auto& late : too_late)
    finish_late(*late);
}

void Pool::finish_late(Pending& pending) {
  auto message = fmt::format("{}: the time was over while waiting for {}", pending.url.peer(), pending.waiting_for);
  finish(pending, std::unexpected(ClientFailure{pending.sent, std::move(message)}));
}

void Pool::finish(Pending& pending, Answer answer) {
  if (closed_ || !pending.done) return;
  if (pending.deadline) pending.deadline->cancel();
  auto done = std::exchange(pending.done, nullptr);
  done(std::move(answer));
}

void Pool::sweep() {
  const auto oldest = Steady::now() - options_.idle_time;
  sweeping_ = false;
  for (auto at = origins_.begin(); at != origins_.end();) {
    auto& origin = at->second;
    std::erase_if(origin.idle, [&](const Idle& idle) { return idle.since <= oldest; });
    sweeping_ = sweeping_ || !origin.idle.empty();
    at = origin.busy == 0 && origin.idle.empty() && origin.waiting.empty() ? origins_.erase(at) : std::next(at);
  }
  if (!sweeping_) return;
  sweeper_.expires_after(options_.idle_time);
  sweeper_.async_wait([self = weak_from_this()](ErrorCode error) {
    if (const auto pool = self.lock(); pool && !error) pool->sweep();
  });
}

void Pool::close() {
  closed_ = true;
  sweeper_.cancel();
  for (const auto& pending : running_) {
    pending->done = nullptr;
    pending->attempt->end();
  }
  origins_.clear();
}

}  // namespace countersign::net
