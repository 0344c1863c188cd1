// A file that takes the audit chain's head, a line of JSON a day, for storage that can only be written once: it is only
// appended to, and a line counts as out when the disk has it (fsync). A line that is the last one there already is not
// written again, and one that was cut by a crash is ended first. deliver() and `done` on the scheduler's thread; the
// disk, which may be a network's, is waited for on a thread of its own.
#pragma once

#include <optional>
#include <string>
#include <thread>

#include "app/chat.hpp"
#include "app/scheduler.hpp"

namespace countersign::chat {

class HeadFile final : public app::Chat {
 public:
  /// `scheduler` must outlive it. The file is made where there is none (mode 0640); its folder must be there.
  HeadFile(app::Scheduler& scheduler, std::string path) : scheduler_(scheduler), path_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> address(const core::Directory& directory,
                                                   std::string_view to) const override;
  /// One at a time: the next only after `done`.
  void deliver(app::OwedMessage message, Done done) override;

 private:
  app::Scheduler& scheduler_;
  const std::string path_;
  std::jthread writing_;
};

/// Appends the line; nullopt when it is there for good, else why not.
std::optional<std::string> append_line(const std::string& path, std::string_view line);

}  // namespace countersign::chat
