// A net::Client that keeps what it was asked and answers from a script, and a clock that moves by `each` with every
// answer: the ports' fakes. One thread.
#pragma once

#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/client.hpp"

namespace countersign::test {

struct StillClock final : Clock {
  Timestamp time{};
  [[nodiscard]] Timestamp now() const override { return time; }
};

class FakeClient final : public net::Client {
 public:
  using Answer = std::expected<net::Response, net::ClientFailure>;

  void send(net::Call call, Done done) override {
    calls.push_back(call);
    if (clock != nullptr) clock->time += each;
    Answer answer = net::Response{200, {}, R"({"ok":true,"channel":"D9","ts":"9.9"})"};
    if (!answers.empty()) {
      answer = std::move(answers.front());
      answers.pop_front();
    }
    done(std::move(answer));
  }

  void will(std::string body) { answers.emplace_back(net::Response{200, {}, std::move(body)}); }
  void refuses(const std::string& error) { will(R"({"ok":false,"error":")" + error + "\"}"); }

  [[nodiscard]] std::string method(std::size_t i) const {
    return calls.at(i).url.substr(calls.at(i).url.rfind('/') + 1);
  }
  [[nodiscard]] nlohmann::json body(std::size_t i) const { return nlohmann::json::parse(calls.at(i).body); }

  StillClock* clock = nullptr;
  Duration each{};
  std::vector<net::Call> calls;
  std::deque<Answer> answers;
};

}  // namespace countersign::test
