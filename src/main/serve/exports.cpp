#include "main/serve/exports.hpp"

namespace countersign::cli {

Exports::Exports(const std::vector<ExportConfig>& configured, app::Store& store, net::Loop& loop,
                 app::Scheduler& scheduler, const Clock& clock) {
  for (const auto& one : configured) {
    clients_.push_back(net::Client::open(loop, {.ca_file = one.ca_file, .connections_per_origin = 1}));
    posts_.push_back(std::make_unique<chat::SignedPost>(*clients_.back(), one.url, one.secret, "the receiver"));
    auto send = [post = posts_.back().get()](std::string body, std::string_view key, Timestamp now,
                                             app::Export::Sent done) {
      post->send(std::move(body), key, now, std::move(done));
    };
    exports_.push_back(std::make_unique<app::Export>(store, scheduler, clock, one.settings, std::move(send)));
  }
}

void Exports::start() {
  for (const auto& one : exports_)
    one->start();
}

void Exports::wake() {
  for (const auto& one : exports_)
    one->wake();
}

void Exports::stop() {
  for (const auto& one : exports_)
    one->stop();
}

std::vector<std::string> Exports::reasons() const {
  std::vector<std::string> reasons;
  for (const auto& one : exports_)
    if (auto trouble = one->trouble(); !trouble.empty()) reasons.push_back(std::move(trouble));
  return reasons;
}

}  // namespace countersign::cli
