// Bodies that are taken in pieces: each before the next is read, the answer after the last or as soon as there is one.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <mutex>
#include <thread>
#include <vector>

#include "serving.hpp"

namespace countersign::net::testing {
namespace {

const std::string head = "POST /endless HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string after = "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

std::string chunk(const std::string& text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

/// What a reader was given, and what it says to each piece: "" asks for the next.
class Noting final : public BodyReader {
 public:
  using Saying = std::function<std::string(std::size_t piece, bool last)>;
  explicit Noting(Saying saying) : saying_(std::move(saying)) {}

  [[nodiscard]] std::size_t piece_bytes() const override { return 1000; }

  void take(std::string piece, bool last, Onward next) override {
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = pieces_.size();
      pieces_.push_back(std::move(piece));
    }
    const auto says = saying_(number, last);
    // As the store answers: from elsewhere, later.
    std::thread([says, next = std::move(next)]() mutable {
      next(says.empty() ? std::nullopt : std::optional(Response{.status = says == "no" ? 503 : 202, .body = says}));
    }).detach();
  }

  std::vector<std::string> pieces() {
    const std::lock_guard lock(mutex_);
    return pieces_;
  }

 private:
  const Saying saying_;
  std::mutex mutex_;
  std::vector<std::string> pieces_;
};

std::string all_of(const std::vector<std::string>& pieces) {
  std::string all;
  for (const auto& piece : pieces)
    all += piece;
  return all;
}

TEST_CASE("a body beyond every limit comes in pieces, in order, and is answered once it is over") {
  const auto reader = std::make_shared<Noting>([](std::size_t, bool last) { return last ? "done" : ""; });
  Serving serving(tell, {.body_bytes_in_flight = 64 * 1024}, 2000);
  serving.read_by(reader);
  std::string sent, raw = head;
  for (int i = 0; i < 3000; ++i) {
    const auto text = fmt::format("piece {} {}\n", i, std::string(100, 'x'));
    sent += text;
    raw += chunk(text);
  }
  const auto heard = serving.ask(raw + "0\r\n\r\n" + after);
  CHECK(heard.starts_with("HTTP/1.1 202 "));
  CHECK(heard.contains("done"));
  CHECK_MESSAGE(heard.ends_with("GET /next ? []"), "the connection is good for the next request");
  const auto pieces = reader->pieces();
  CHECK(all_of(pieces) == sent);
  CHECK(pieces.size() > 5);
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i)
    CHECK(pieces[i].size() >= reader->piece_bytes());
}

TEST_CASE("a body shorter than a piece is handled whole, and so is one whose length is said") {
  const auto reader = std::make_shared<Noting>([](std::size_t, bool) { return "reader"; });
  Serving serving(tell, ServerLimits{}, 5000);
  serving.read_by(reader);
  CHECK(serving.ask(head + chunk("short") + "0\r\n\r\n").ends_with("POST /endless ? [short]"));
  const auto sized = "POST /endless HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\n" + std::string(3000, 'x');
  CHECK(serving.ask(sized).ends_with("POST /endless ? [3000]"));
  CHECK(reader->pieces().empty());
}

TEST_CASE("an answer before the end is given at once, and the rest is not read") {
  const auto reader = std::make_shared<Noting>([](std::size_t piece, bool) { return piece == 1 ? "no" : ""; });
  Serving serving;
  serving.read_by(reader);
  auto peer = serving.connect();
  peer.send(head + chunk(std::string(2000, 'a')));
  while (reader->pieces().empty())
    std::this_thread::yield();
  peer.send(chunk(std::string(2000, 'b')));
  const auto heard = peer.read_message();
  CHECK(heard.starts_with("HTTP/1.1 503 "));
  CHECK(heard.contains("Connection: close"));
  CHECK(peer.ends());
  CHECK(reader->pieces().size() == 2);
}

TEST_CASE("a body that breaks off, or whose framing does, has no last piece; a reader that drops its say is a 500") {
  const auto reader = std::make_shared<Noting>([](std::size_t, bool last) { return last ? "done" : ""; });
  Serving serving;
  serving.read_by(reader);
  CHECK(serving.ask(head + chunk(std::string(1500, 'a')) + "5\r\nab").empty());
  const auto heard = serving.ask(head + chunk(std::string(1500, 'a')) + "xyz\r\n");
  CHECK(heard.starts_with("HTTP/1.1 400 "));
  CHECK_MESSAGE(reader->pieces().size() == 1, "what came with the fault is not handed on");

  class Dropping final : public BodyReader {
    [[nodiscard]] std::size_t piece_bytes() const override { return 1000; }
    void take(std::string, bool last, Onward next) override {
      if (last) throw std::runtime_error("it breaks");
      if (std::exchange(first_, false)) next(std::nullopt);
    }
    bool first_ = true;
  };
  const auto long_body = chunk(std::string(40'000, 'a'));  // more than is read at once
  serving.read_by(std::make_shared<Dropping>());
  CHECK(serving.ask(head + long_body + long_body + "0\r\n\r\n").starts_with("HTTP/1.1 500 "));
}

TEST_CASE("a slow body's time begins anew after each piece, and it ends") {
  const auto reader = std::make_shared<Noting>([](std::size_t, bool last) { return last ? "done" : ""; });
  Serving serving(tell, {.body_time = std::chrono::milliseconds(200)});
  serving.read_by(reader);
  auto peer = serving.connect();
  peer.send(head + chunk(std::string(1500, 'a')));
  CHECK(peer.read_until("\r\n") == "HTTP/1.1 408 Request Timeout\r\n");
}

}  // namespace
}  // namespace countersign::net::testing
