#include "chat/pager/email.hpp"

#include "chat/pager/mail.hpp"

namespace countersign::chat {

EmailPager::EmailPager(app::Scheduler& scheduler, EmailPagerSettings settings, ApprovalLink link)
    : scheduler_(scheduler), settings_(std::move(settings)), link_(std::move(link)), smtp_(settings_), thread_([this] {
        work();
      }) {}

EmailPager::~EmailPager() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  smtp_.cancel();
  thread_.join();
}

std::optional<std::string> EmailPager::address(const core::Directory&, std::string_view) const {
  return settings_.name;
}

void EmailPager::deliver(app::OwedMessage message, Done done) {
  app::Posted posted{"pager", to_text(message.notification.id)};
  if (!message.notification.remote_message.empty()) return done(std::move(posted));
  auto mail = pager::mail_text(message, settings_, message.approval.id ? link_(message.approval.id) : "");
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({std::move(mail), std::move(posted), std::move(done)});
  }
  wake_.notify_one();
}

void EmailPager::work() {
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    auto refused = smtp_.send(job.mail);
    scheduler_.post([job = std::move(job), refused = std::move(refused)]() mutable {
      if (refused)
        job.done(std::unexpected(*std::move(refused)));
      else
        job.done(std::move(job.posted));
    });
  }
}

}  // namespace countersign::chat
