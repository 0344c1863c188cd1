// The HTTP room alone: answers 204 to everything on the loopback port given, to be measured beside nginx doing the
// same. Usage: http_echo PORT [late]   "late" answers from another thread, as the store's writer does.
#include <fmt/format.h>

#include <csignal>
#include <string_view>
#include <thread>

#include "net/server.hpp"

namespace {

using countersign::net::Loop;

class NoContent final : public countersign::net::Handler {
 public:
  explicit NoContent(Loop* late) : late_(late) {}

  void handle(countersign::net::Request, countersign::net::Respond respond) override {
    if (late_ == nullptr) {
      respond({.status = 204});
      return;
    }
    late_->post([respond = std::move(respond)]() mutable { respond({.status = 204}); });
  }

  std::size_t body_limit(const countersign::net::Request&) const override { return 1024 * 1024; }

 private:
  Loop* late_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: http_echo PORT [late]\n");
    return 2;
  }
  Loop loop;
  Loop other;
  const bool late = argc > 2 && std::string_view(argv[2]) == "late";
  NoContent handler(late ? &other : nullptr);
  auto server = countersign::net::Server::open(loop, handler, {.listen = fmt::format("127.0.0.1:{}", argv[1])});
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().message);
    return 2;
  }
  std::jthread answers([&] { other.run(); });
  loop.on_signal({SIGTERM, SIGINT}, [&](int) { (*server)->stop(std::chrono::seconds(1), [&] { loop.stop(); }); });
  fmt::print("listening on {}\n", (*server)->url());
  std::fflush(stdout);
  loop.run();
  other.stop();
}
