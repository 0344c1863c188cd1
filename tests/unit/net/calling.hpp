// A client on its loop's thread, called as if it were blocking.
#pragma once

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <optional>

#include "net/client.hpp"
#include "serving.hpp"

namespace countersign::net::testing {

class Calling {
 public:
  using Answer = std::expected<Response, ClientFailure>;

  explicit Calling(ClientOptions options = {}) {
    client_ = running_.on_loop([&] { return Client::open(running_.loop(), options); });
  }
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;
  ~Calling() { close(); }

  void close() {
    running_.on_loop([&] { client_.reset(); });
  }

  std::future<Answer> begin(Call call) {
    std::promise<Answer> promise;
    auto answer = promise.get_future();
    client_->send(std::move(call),
                  [promise = std::move(promise)](Answer got) mutable { promise.set_value(std::move(got)); });
    return answer;
  }
  Answer send(Call call) {
    auto answer = begin(std::move(call));
    REQUIRE(answer.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    return answer.get();
  }
  Answer post(std::string url, std::string body = "body") {
    return send({.url = std::move(url), .body = std::move(body)});
  }

  RunningLoop& running() { return running_; }

 private:
  RunningLoop running_;
  std::unique_ptr<Client> client_;
};

inline void check_failure(const Calling::Answer& answer, Sent sent, std::string_view message) {
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().sent == sent);
  CHECK_MESSAGE(answer.error().message.contains(message), answer.error().message);
}

}  // namespace countersign::net::testing
