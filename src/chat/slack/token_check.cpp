#include "chat/slack/token_check.hpp"

namespace countersign::chat::slack {
namespace {

constexpr Duration while_good = std::chrono::hours(1);
constexpr Duration while_not = std::chrono::minutes(1);

}  // namespace

void TokenCheck::ask() {
  chat_.api().query("auth.test", {}, [this](const Api::Answer& answer) {
    if (!answer) return alarm_.set(clock_.now() + while_not);
    chat_.try_channel([this](bool good) { alarm_.set(clock_.now() + (good ? while_good : while_not)); });
  });
}

}  // namespace countersign::chat::slack
