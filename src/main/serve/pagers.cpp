#include "main/serve/pagers.hpp"

#include "chat/pager/webhook.hpp"

namespace countersign::cli {

Pagers::Pagers(const std::vector<PagerConfig>& configured, const chat::ApprovalLink& link, net::Loop& loop,
               app::Scheduler& scheduler, const Clock& clock, app::ChatRouter& router) {
  for (const auto& pager : configured) {
    std::string name;
    if (const auto* webhook = std::get_if<chat::WebhookPagerSettings>(&pager)) {
      name = webhook->name;
      clients_.push_back(net::Client::open(loop, {.ca_file = webhook->ca_file}));
      chats_.push_back(std::make_unique<chat::WebhookPager>(*clients_.back(), clock, *webhook, link));
    } else {
      const auto& email = std::get<chat::EmailPagerSettings>(pager);
      name = email.name;
      auto made = std::make_unique<chat::EmailPager>(scheduler, email, link);
      mails_.push_back(made.get());
      chats_.push_back(std::move(made));
    }
    router.add(name, *chats_.back());
  }
}

void Pagers::give_up() {
  for (auto* mail : mails_)
    mail->give_up();
}

}  // namespace countersign::cli
