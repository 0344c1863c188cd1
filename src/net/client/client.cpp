#include "net/client.hpp"

#include "net/client/pool.hpp"
#include "net/io/loop_impl.hpp"

namespace countersign::net {

namespace {

class PooledClient final : public Client {
 public:
  PooledClient(Loop& loop, ClientOptions options)
      : executor_(loop.impl().executor()),
        timeout_(options.timeout),
        pool_(std::make_shared<Pool>(executor_, std::move(options))) {}

  ~PooledClient() override { pool_->close(); }
  PooledClient(const PooledClient&) = delete;
  PooledClient& operator=(const PooledClient&) = delete;

  void send(Call call, Done done) override {
    auto pending = std::make_shared<Pending>();
    pending->call = std::move(call);
    pending->done = std::move(done);
    pending->attempt->until = std::chrono::steady_clock::now() + timeout_;
    asio::post(executor_, [pool = pool_, pending = std::move(pending)]() mutable { pool->submit(std::move(pending)); });
  }

 private:
  Executor executor_;
  Duration timeout_;
  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::unique_ptr<Client> Client::open(Loop& loop, ClientOptions options) {
  return std::make_unique<PooledClient>(loop, std::move(options));
}

}  // namespace countersign::net
