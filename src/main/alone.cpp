#include "main/alone.hpp"

#include <future>

#include "app/decide.hpp"
#include "app/ingest.hpp"
#include "crypto/random.hpp"
#include "main/policy.hpp"
#include "main/report.hpp"
#include "main/serve/sources.hpp"
#include "store/store.hpp"
#include "web/site.hpp"

namespace countersign::cli {

Result<net::Response> answer_alone(const Config& config, net::Request request) {
  auto made = make_policy({config, {}});
  if (!made.policy)
    return fail(Fault::invalid, "the rules have errors; run countersign check --config {}", config.file);
  const app::PolicySource policy(std::move(made.policy));
  const SystemClock clock;
  crypto::SystemRandom random;
  auto store = store::open({.url = config.store_url, .clock = &clock, .random = &random, .on_commit = nullptr});
  if (!store) return std::unexpected(store.error());
  app::Ingest ingest(**store, policy, clock);
  app::Decide decide(**store, policy, clock);
  web::Site site(
      {.store = **store,
       .ingest = ingest,
       .decide = decide,
       .policy = policy,
       .clock = clock,
       .random = random,
       .webhooks = {},
       .tokens = config.tokens,
       .mounts = {},
       .public_url = [&] { return config.public_url.empty() ? "http://" + config.listen : config.public_url; },
       .render_report = report_renderers(),
       .lines = make_line_decoder(),
       .sources = configured_sources(config),
       .vitals = {},
       .inbox = config.inbox,
       .version = ""});
  std::promise<net::Response> answered;
  auto answer = answered.get_future();
  site.handle(std::move(request), [&](net::Response response) { answered.set_value(std::move(response)); });
  auto response = answer.get();
  store->reset();  // its last answer is done before what it refers to goes
  return response;
}

}  // namespace countersign::cli
