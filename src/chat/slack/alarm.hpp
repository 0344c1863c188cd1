// What the alarm about a denial offers: a button that ends the session, with a question that names host, account and
// session before anything is done; or why it can't be ended from here. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/chat.hpp"

namespace countersign::chat::slack {

/// An actions block's elements; empty where there is nothing to offer.
nlohmann::json contain_buttons(const app::OwedMessage& message);

/// Plain text: "It can't be ended from here: …"; empty where there is nothing to say.
std::string contain_note(const app::OwedMessage& message);

}  // namespace countersign::chat::slack
