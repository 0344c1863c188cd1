// What a listener had to leave out, by kind: counted in the store under "KIND.NAME", once a second while it goes on, so
// that no restart forgets it, and said in words for a while. On the scheduler's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "app/scheduler.hpp"
#include "app/store.hpp"
#include "base/clock.hpp"

namespace countersign::intake {

class Losses {
 public:
  /// Told of the first loss of a kind, and then at most once a minute.
  using Tell = std::function<void(std::string_view)>;

  Losses(std::string name, app::Store& store, app::Scheduler& scheduler, const Clock& clock, Tell tell);
  ~Losses();
  Losses(const Losses&) = delete;
  Losses& operator=(const Losses&) = delete;

  /// `kind` as counters are called ("syslog.too_long"), `words` for people ("a message longer than 64 KiB was cut").
  void note(std::string_view kind, std::string words, std::uint64_t count = 1);
  /// "3 times in the last while: datagrams …"; empty where nothing was lost for ten minutes.
  [[nodiscard]] std::string trouble() const;
  /// Of each kind, since this was made.
  [[nodiscard]] std::map<std::string, std::uint64_t, std::less<>> counts() const;
  /// Hands what is not counted yet to the store now.
  void flush();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the scheduler
};

}  // namespace countersign::intake
