#include "web/reply.hpp"

#include <memory>

namespace countersign::web {

std::string to_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

net::Response json_reply(int status, const Json& body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = to_text(body) + "\n"};
}

net::Response json_error(int status, std::string_view message) {
  auto reply = json_reply(status, {{"error", message}});
  if (status == 503) reply.headers.emplace_back("Retry-After", "5");
  if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"countersign\"");
  return reply;
}

net::Response json_error(const Error& error) {
  return json_error(status_of(error.fault), error.message);
}

int status_of(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return 400;
    case Fault::unauthorized:
      return 401;
    case Fault::forbidden:
      return 403;
    case Fault::not_found:
      return 404;
    case Fault::conflict:
      return 409;
    case Fault::too_large:
      return 413;
    case Fault::overloaded:
      return 503;
    case Fault::unavailable:
      return 503;
    case Fault::internal:
      return 500;
  }
  return 500;
}

net::Response see_other(std::string location) {
  return {.status = 303, .headers = {{"Location", std::move(location)}, {"Cache-Control", "no-store"}}, .body = {}};
}

void from_view(app::Store& store, net::Respond respond, std::move_only_function<net::Response(app::View&)> answer) {
  // Shared: a refused read must leave us the means to say so.
  auto shared = std::make_shared<net::Respond>(std::move(respond));
  const bool queued =
      store.read([shared, answer = std::move(answer)](app::View& view) mutable { (*shared)(answer(view)); });
  if (!queued) (*shared)(json_error(503, "too many requests wait for the store: try again"));
}

}  // namespace countersign::web
