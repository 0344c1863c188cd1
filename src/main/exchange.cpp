#include "main/exchange.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::cli {

int exchange(const RemoteOptions& options, const std::string& format,
             const std::function<Result<Reply>(const Remote&)>& ask,
             const std::function<void(const nlohmann::json&)>& print) {
  const auto remote = Remote::find(options);
  if (!remote) {
    fmt::print(stderr, "{}\n", remote.error().message);
    return 2;
  }
  const auto reply = ask(*remote);
  if (!reply) {
    fmt::print(stderr, "{}\n", reply.error().message);
    return 2;
  }
  if (reply->status >= 300) {
    fmt::print(stderr, "{}\n", one_line(complaint(*reply), 1000));
    return reply->status == 400 || reply->status == 401 ? 2 : 1;
  }
  if (format == "json")
    fmt::print("{}\n", reply->body.dump());
  else
    print(reply->body);
  return 0;
}

std::string member_text(const nlohmann::json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || object[key].is_null()) return "";
  const auto& value = object[key];
  return one_line(value.is_string() ? value.get<std::string>() : value.dump(), 120);
}

}  // namespace countersign::cli
