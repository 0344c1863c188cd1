// E-mail as a pager: one mail a page, by libcurl's SMTP on a thread of its own, one at a time.
// A mail can't be edited, so later changes of its approval are not sent. deliver() on the scheduler's thread, where
// `done` is called; deliveries still open at destruction are dropped.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "app/chat.hpp"
#include "app/scheduler.hpp"
#include "chat/pager/settings.hpp"
#include "chat/pager/smtp.hpp"

namespace countersign::chat {

class EmailPager final : public app::Chat {
 public:
  /// `scheduler` must outlive the pager. Throws std::runtime_error where libcurl can't be set up.
  EmailPager(app::Scheduler& scheduler, EmailPagerSettings settings, ApprovalLink link);
  ~EmailPager() override;
  EmailPager(const EmailPager&) = delete;
  EmailPager& operator=(const EmailPager&) = delete;

  /// Its own name, for whatever it is asked to deliver.
  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  void deliver(app::OwedMessage message, Done done) override;

  /// Ends the mail under way, and every later one at once, as failures. Safe from any thread.
  void give_up() { smtp_.cancel(); }

 private:
  struct Job {
    std::string mail;
    app::Posted posted;
    Done done;
  };
  void work();

  app::Scheduler& scheduler_;
  const EmailPagerSettings settings_;
  const ApprovalLink link_;
  pager::Smtp smtp_;  // the thread's, but for cancel()
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;   // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace countersign::chat
