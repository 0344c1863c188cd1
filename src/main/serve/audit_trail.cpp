#include "main/serve/audit_trail.hpp"

#include "app/daily_digest.hpp"
#include "app/daily_root.hpp"
#include "core/pager.hpp"

namespace countersign::cli {

AuditTrail::AuditTrail(const Config& config, net::Loop& loop, app::Store& store, app::Scheduler& scheduler,
                       const Clock& clock, const app::PolicySource& policy, app::ChatRouter& router)
    : roots_(store, scheduler, clock, policy, app::Rounds::Survey(app::root_of_day)),
      digests_(store, scheduler, clock, policy, app::Rounds::Survey(app::digest_day)) {
  if (config.head_webhook) {
    client_ = net::Client::open(loop, {.ca_file = config.head_webhook->ca_file});
    webhook_ =
        std::make_unique<chat::WebhookPager>(*client_, clock, *config.head_webhook, [](Id) { return std::string(); });
    router.add(std::string(core::head_webhook), *webhook_);
  }
  if (!config.head_file.empty()) {
    file_ = std::make_unique<chat::HeadFile>(scheduler, config.head_file);
    router.add(std::string(core::head_file), *file_);
  }
}

void AuditTrail::start() {
  roots_.start();
  digests_.start();
}

void AuditTrail::stop() {
  roots_.stop();
  digests_.stop();
}

}  // namespace countersign::cli
