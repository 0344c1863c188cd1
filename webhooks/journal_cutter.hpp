// Cuts a journal that comes as one endless body between its entries. An entry too large to be held is passed over by
// its own lengths, never by looking for what seems to begin the next: any user of the host may have written that into
// it. One body's; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/decoder.hpp"

namespace countersign::webhooks {

class JournalCutter final : public app::Cutter {
 public:
  explicit JournalCutter(std::size_t most) : most_(most) {}

  std::string take(std::string_view piece, bool last) override;
  std::vector<app::Unreadable> passed_over() override { return std::exchange(passed_over_, {}); }
  [[nodiscard]] std::size_t held() const override { return held_.size(); }

 private:
  [[nodiscard]] std::size_t whole_entries() const;
  void begin_passing_over();
  bool pass_over();

  const std::size_t most_;
  std::string held_;
  bool passing_ = false;       // held_ goes on within an entry that is passed over
  bool in_line_ = false;       // …within a line of it
  std::uint64_t to_skip_ = 0;  // …within a field of it, of which so many bytes are left
  bool broken_ = false;        // …whose lengths are none, so that it ends where another one begins
  std::vector<app::Unreadable> passed_over_;
};

}  // namespace countersign::webhooks
