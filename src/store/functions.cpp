#include "store/functions.hpp"

#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "core/login.hpp"
#include "core/network.hpp"

namespace countersign::store {
namespace {

std::string_view text_of(sqlite3_value* value) {
  const auto* const bytes = static_cast<const char*>(sqlite3_value_blob(value));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void give(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

void star_match(sqlite3_context* context, int, sqlite3_value** arguments) {
  sqlite3_result_int(context, glob(text_of(arguments[0]), text_of(arguments[1])) ? 1 : 0);
}

void rfc3339(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto micros = sqlite3_value_int64(arguments[0]);
  give(context, micros == 0 ? std::string() : to_rfc3339(from_micros(micros)));
}

void id_text(sqlite3_context* context, int, sqlite3_value** arguments) {
  const Id id{sqlite3_value_int64(arguments[0])};
  give(context, id ? to_text(id) : std::string());
}

void in_network(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto network = core::Network::parse(text_of(arguments[0]));
  sqlite3_result_int(context, network && network->contains(text_of(arguments[1])) ? 1 : 0);
}

void is_login(sqlite3_context* context, int, sqlite3_value** arguments) {
  sqlite3_result_int(context, core::is_login(text_of(arguments[0])) ? 1 : 0);
}

void is_login_of(sqlite3_context* context, int, sqlite3_value** arguments) {
  sqlite3_result_int(context, core::is_login(text_of(arguments[0]), text_of(arguments[1])) ? 1 : 0);
}

}  // namespace

void add_functions(sqlite3* connection) {
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  sqlite3_create_function_v2(connection, "star_match", 2, flags, nullptr, star_match, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(connection, "rfc3339", 1, flags, nullptr, rfc3339, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(connection, "id_text", 1, flags, nullptr, id_text, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(connection, "in_network", 2, flags, nullptr, in_network, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(connection, "is_login", 1, flags, nullptr, is_login, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(connection, "is_login", 2, flags, nullptr, is_login_of, nullptr, nullptr, nullptr);
}

}  // namespace countersign::store
