// The answers every route gives: JSON, errors as `{"error":"…"}`, redirects, and what has to be read first.
// Pure but for from_view; strings from anyone come out as valid JSON.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/store.hpp"
#include "base/result.hpp"
#include "net/http.hpp"

namespace countersign::web {

using Json = nlohmann::ordered_json;

/// Bytes that are no UTF-8 become U+FFFD.
std::string to_text(const Json& value);

net::Response json_reply(int status, const Json& body);
net::Response json_error(int status, std::string_view message);
/// Status by fault; 503 says when to come again.
net::Response json_error(const Error& error);
int status_of(Fault fault);

/// 303, for the answer to a form.
net::Response see_other(std::string location);

/// Responds with what `answer` makes of a consistent snapshot, on a reader's thread; 503 where too many wait already.
void from_view(app::Store& store, net::Respond respond, std::move_only_function<net::Response(app::View&)> answer);

}  // namespace countersign::web
