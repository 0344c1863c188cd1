#include "app/event_json.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace countersign::app {

void put_fields(nlohmann::ordered_json& object, const core::Event& event) {
  core::for_each_field(event, [&](std::string_view name, std::string_view text, bool is_number) {
    auto& value = object[std::string(name)];
    std::int64_t number = 0;
    if (is_number && std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc()) {
      value = number;
    } else {
      value = std::string(text);
    }
  });
}

std::string to_json(const core::Event& event) {
  nlohmann::ordered_json object;
  put_fields(object, event);
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace countersign::app
