#include "web/posted.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "web/bounded_json.hpp"
#include "web/form.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::size_t most_fields = 200;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_id = 200;

std::string as_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

class Reader {
 public:
  Result<void> ecs(const Json& object, const std::string& prefix) {
    for (const auto& [key, value] : object.items()) {
      if (prefix.empty() && key == "variables" && value.is_object()) {
        if (auto read = variables(value); !read) return read;
      } else if (value.is_object()) {
        if (auto read = ecs(value, prefix + key + "."); !read) return read;
      } else if (auto read = set(prefix + key, value); !read) {
        return read;
      }
    }
    return {};
  }

  Result<void> variables(const Json& object) {
    for (const auto& [key, value] : object.items()) {
      const auto name = key == "id"     ? "id"
                        : key == "type" ? "event.action"
                        : key == "user" ? "user.name"
                                        : "variables." + key;
      if (auto read = set(name, value); !read) return read;
    }
    return {};
  }

  app::PostedEvent posted;
  std::size_t fields = 0;

 private:
  Result<void> set(const std::string& name, const Json& value) {
    if (value.is_null()) return {};
    if (name.size() > longest_name) return fail(Fault::invalid, "a field's name is longer than {} bytes", longest_name);
    auto text = as_text(value);
    if (name == "id") {
      if (text.size() > longest_id) return fail(Fault::invalid, "the id is longer than {} bytes", longest_id);
      posted.id = std::move(text);
      return {};
    }
    if (++fields > most_fields) return fail(Fault::invalid, "more than {} fields", most_fields);
    if (name == "@timestamp" && !parse_rfc3339(text))
      return fail(Fault::invalid, "@timestamp '{}' is no RFC 3339 time", one_line(text, 60));
    if (name == "source.ip") text = core::normalise_address(text);
    core::set_field(posted.event, name, std::move(text));
    return {};
  }
};

}  // namespace

Result<app::PostedEvent> read_ecs(const Json& object) {
  Reader reader;
  if (auto read = reader.ecs(object, ""); !read) return std::unexpected(read.error());
  reader.posted.raw = to_text(object);
  return std::move(reader.posted);
}

Result<app::PostedEvent> read_posted(const net::Request& request, Timestamp now, std::string fresh_id) {
  std::string form_json;
  // curl calls any body a form unless told otherwise, so what looks like JSON is read as that.
  const auto first = request.body.find_first_not_of(" \t\r\n");
  const bool is_object = first != std::string::npos && request.body[first] == '{';
  const bool is_form = !is_object && media_type(request) == "application/x-www-form-urlencoded";
  if (is_form) {
    auto variables = form_value(request.body, "variables");
    if (!variables) return fail(Fault::invalid, "the form has no 'variables'");
    form_json = *std::move(variables);
  }
  const std::string_view text = is_form ? std::string_view(form_json) : std::string_view(request.body);
  const auto parsed = parse_object(text);
  if (!parsed) return std::unexpected(parsed.error());
  Reader reader;
  const bool wrapped = parsed->contains("variables") && (*parsed)["variables"].is_object();
  if (auto read = is_form && !wrapped ? reader.variables(*parsed) : reader.ecs(*parsed, ""); !read)
    return std::unexpected(read.error());
  if (reader.fields == 0) return fail(Fault::invalid, "the event has no fields");
  auto& posted = reader.posted;
  if (posted.event.time == Timestamp{}) {
    if (posted.id.empty()) posted.id = std::move(fresh_id);
    posted.event.time = now;
  }
  posted.raw = text;
  return std::move(posted);
}

}  // namespace countersign::web
