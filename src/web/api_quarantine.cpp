#include "web/api.hpp"
#include "web/form.hpp"
#include "web/json.hpp"
#include "web/list_query.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

Result<app::QuarantineFilter> filter_of(const std::string& program, const std::string& shape) {
  app::QuarantineFilter filter{program, std::nullopt};
  if (shape.empty()) return filter;
  const auto id = parse_id(shape);
  if (!id) return fail(Fault::invalid, "shape: '{}' is no id of a shape; GET /api/v1/quarantine lists them", shape);
  filter.shape = *id;
  return filter;
}

struct ReplayAsked {
  app::QuarantineFilter filter;
  bool ask = false;
};

Result<ReplayAsked> read_replay(const std::string& body) {
  const auto asked = body.empty() ? Json::object() : Json::parse(body, nullptr, false);
  if (!asked.is_object())
    return fail(Fault::invalid, R"(the body must be an object: {{"program":"sshd","shape":"…","ask":false}})");
  std::string program;
  std::string shape;
  ReplayAsked result;
  for (const auto& [name, value] : asked.items()) {
    if (name == "program" && value.is_string())
      program = value.get<std::string>();
    else if (name == "shape" && value.is_string())
      shape = value.get<std::string>();
    else if (name == "ask" && value.is_boolean())
      result.ask = value.get<bool>();
    else
      return fail(Fault::invalid, "'{}' is not understood here (program and shape are texts, ask true or false)", name);
  }
  auto filter = filter_of(program, shape);
  if (!filter) return std::unexpected(filter.error());
  result.filter = *std::move(filter);
  return result;
}

}  // namespace

void Api::list_quarantine(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
                          net::Respond respond) {
  const auto limit = read_limit(request.query);
  if (!limit) return respond(json_error(limit.error()));
  const auto value = [&](std::string_view name) {
    const auto values = form_values(request.query, name);
    return values.empty() ? std::string() : values.front();
  };
  auto filter = filter_of(value("program"), value("shape"));
  if (!filter) return respond(json_error(filter.error()));
  from_view(parts_.store, std::move(respond), [limit = *limit, filter = *std::move(filter)](app::View& view) {
    const auto messages = view.quarantine(filter, limit);
    if (!messages) return json_error(messages.error());
    const auto shapes = view.shapes(filter.program, limit);
    if (!shapes) return json_error(shapes.error());
    Json body{{"quarantine", Json::array()}, {"shapes", Json::array()}};
    for (const auto& message : *messages)
      body["quarantine"].push_back(quarantined_json(message));
    for (const auto& shape : *shapes)
      body["shapes"].push_back(shape_json(shape));
    return json_reply(200, body);
  });
}

void Api::get_quarantined(const Caller& /*caller*/, net::Request /*request*/, std::vector<std::string> segments,
                          net::Respond respond) {
  const auto id = parse_id(segments.at(0));
  if (!id) return respond(json_error(404, "there is no such message in quarantine"));
  from_view(parts_.store, std::move(respond), [id = *id](app::View& view) {
    const auto message = view.quarantined(id);
    return message ? json_reply(200, quarantined_json(*message)) : json_error(message.error());
  });
}

void Api::replay_quarantine(const Caller& caller, net::Request request, std::vector<std::string> /*none*/,
                            net::Respond respond) {
  auto asked = read_replay(request.body);
  if (!asked) return respond(json_error(asked.error()));
  replay_.run(std::move(asked->filter), asked->ask, caller.name,
              [respond = std::move(respond)](Result<app::Replayed> replayed) mutable {
                if (!replayed) return respond(json_error(replayed.error()));
                respond(json_reply(200, {{"read", replayed->read},
                                         {"events", replayed->events},
                                         {"duplicates", replayed->duplicates},
                                         {"ignored", replayed->ignored},
                                         {"left", replayed->left}}));
              });
}

}  // namespace countersign::web
