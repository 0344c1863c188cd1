#include "agent/sighting_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

namespace countersign::agent {
namespace {

constexpr std::array counted{"process.namespace_pid", "process.start",       "server.port", "destination.port",
                             "process.exit_code",     "process.exit_signal", "command.pid", "command.start"};

}  // namespace

std::string sighting_json(const core::Event& event, std::string_view id) {
  nlohmann::ordered_json json{{"id", id}};
  core::for_each_field(event, [&](std::string_view name, std::string_view text, bool is_number) {
    if (name == "event.count" && text == "1") return;
    auto& value = json[std::string(name)];
    std::int64_t number = 0;
    const bool counts = is_number || std::ranges::find(counted, name) != counted.end();
    if (counts && std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc())
      value = number;
    else
      value = std::string(text);
  });
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace countersign::agent
