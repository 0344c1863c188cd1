// One mail to one server by libcurl: TLS or STARTTLS, but for a server on this machine; 20 s for the whole of it.
// send() on one thread at a time, cancel() from any: it ends the mail under way and every later one.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "app/chat.hpp"
#include "chat/pager/settings.hpp"

namespace countersign::chat::pager {

class Smtp {
 public:
  /// `settings` must outlive it. Throws std::runtime_error where libcurl can't be set up.
  explicit Smtp(const EmailPagerSettings& settings);
  ~Smtp();
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;

  /// Blocks until the server has taken the mail (nullopt) or it has failed. A recipient that the server refuses is
  /// left out where it takes another.
  std::optional<app::Undelivered> send(const std::string& mail);
  void cancel();

 private:
  struct Handles;
  const EmailPagerSettings& settings_;
  std::unique_ptr<Handles> handles_;
  std::atomic<bool> cancelled_ = false;
};

/// Whether the URL's host is this machine's own: "localhost", 127.0.0.0/8, ::1. A name is not looked up.
bool is_loopback(const std::string& url);

}  // namespace countersign::chat::pager
