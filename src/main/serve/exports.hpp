// The [[export]]s of the configuration, each with a client of its own. Made and used on the loop's thread; wake() is
// safe from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/export.hpp"
#include "chat/signed_post.hpp"
#include "main/config/config.hpp"
#include "net/client.hpp"

namespace countersign::cli {

class Exports {
 public:
  /// Everything given must outlive it. Throws std::runtime_error where a ca_file can't be used.
  Exports(const std::vector<ExportConfig>& configured, app::Store& store, net::Loop& loop, app::Scheduler& scheduler,
          const Clock& clock);

  void start();
  void wake();
  void stop();
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  std::vector<std::unique_ptr<net::Client>> clients_;
  std::vector<std::unique_ptr<chat::SignedPost>> posts_;
  std::vector<std::unique_ptr<app::Export>> exports_;
};

}  // namespace countersign::cli
