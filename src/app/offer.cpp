#include "app/offer.hpp"

#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace countersign::app {

void offer(Store& store, Random& random, const std::vector<FullApproval>& approvals, const std::vector<std::string>& to,
           std::move_only_function<void(Result<std::vector<std::string>>)> done) {
  std::vector<std::string> values;
  std::vector<Button> buttons;
  for (std::size_t i = 0; i < approvals.size(); ++i) {
    const auto& full = approvals[i];
    values.push_back(full.notifications.empty() ? std::string() : crypto::make_token(random));
    if (full.notifications.empty()) continue;
    Button button{crypto::sha256(values.back()), full.notifications.back().id, full.approval.id, {}, to.at(i)};
    for (const auto& asked : full.approval.events)
      button.events.push_back(asked.event);
    buttons.push_back(std::move(button));
  }
  if (buttons.empty()) return done(std::move(values));
  store.write(
      [buttons = std::move(buttons)](Ledger& ledger) -> Result<void> {
        for (const auto& button : buttons)
          if (auto added = ledger.add(button); !added) return added;
        return {};
      },
      [values = std::move(values), done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(std::move(values));
        else
          done(std::unexpected(written.error()));
      });
}

}  // namespace countersign::app
