#include "web/fetches.hpp"

#include <algorithm>

namespace countersign::web {

struct Fetches::Errand {
  std::vector<app::Fetch> wanted;
  std::vector<app::Fetched> answers;
  Done done;
  bool counted = false;
};

const app::Fetched* Fetches::kept(const app::Fetch& wanted) const {
  const auto found = kept_.find(wanted.url);
  if (found == kept_.end() || clock_.now() - found->second.at > wanted.max_age) return nullptr;
  return &found->second;
}

void Fetches::keep(const app::Fetched& answer) {
  const std::scoped_lock lock(mutex_);
  if (kept_.size() >= most_kept && !kept_.contains(answer.url))
    kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.at; }));
  kept_.insert_or_assign(answer.url, answer);
}

void Fetches::end(Errand& errand, Result<void> result) {
  if (errand.counted) {
    const std::scoped_lock lock(mutex_);
    --under_way_;
  }
  if (!result) return errand.done(std::unexpected(result.error()));
  errand.done(std::move(errand.answers));
}

void Fetches::get(std::vector<app::Fetch> wanted, Done done) {
  auto errand = std::make_shared<Errand>();
  errand->wanted = std::move(wanted);
  errand->done = std::move(done);
  go_on(std::move(errand));
}

void Fetches::go_on(std::shared_ptr<Errand> errand) {
  while (errand->answers.size() < errand->wanted.size()) {
    const auto& next = errand->wanted[errand->answers.size()];
    bool room = true;
    {
      const std::scoped_lock lock(mutex_);
      if (const auto* answer = kept(next)) {
        errand->answers.push_back(*answer);
        continue;
      }
      room = client_ != nullptr && (errand->counted || under_way_ < most_under_way);
      if (room && !errand->counted) {
        ++under_way_;
        errand->counted = true;
      }
    }
    if (!room) return end(*errand, fail(Fault::overloaded, "too many requests to the provider are under way"));
    const auto keeps = next.max_age > Duration::zero();
    net::Call call{.method = "GET", .url = next.url};
    client_->send(std::move(call), [this, errand, keeps](std::expected<net::Response, net::ClientFailure> reply) {
      const auto& url = errand->wanted[errand->answers.size()].url;
      if (!reply) return end(*errand, fail(Fault::unavailable, "the provider: {}", reply.error().message));
      if (reply->status < 200 || reply->status > 299 || reply->body.size() > longest_answer)
        return end(*errand, fail(Fault::unavailable, "the provider answered {} to a request", reply->status));
      errand->answers.push_back({url, std::move(reply->body), clock_.now()});
      if (keeps) keep(errand->answers.back());
      go_on(errand);
    });
    return;
  }
  end(*errand, {});
}

}  // namespace countersign::web
