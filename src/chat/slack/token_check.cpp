#include "chat/slack/token_check.hpp"

namespace countersign::chat::slack {
namespace {

constexpr Duration while_good = std::chrono::hours(1);
constexpr Duration while_not = std::chrono::minutes(1);

}  // namespace

void TokenCheck::ask() {
  api_.query("auth.test", {},
             [this](const Api::Answer& answer) { alarm_.set(clock_.now() + (answer ? while_good : while_not)); });
}

}  // namespace countersign::chat::slack
