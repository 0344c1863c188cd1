// Elasticsearch's _bulk, as Filebeat, Logstash, rsyslog's omelasticsearch, Vector and Fluent Bit send it
// (elastic.co/docs/api, "Bulk index or delete documents"): an action a line, and below it the document. Each action is
// answered in its place, which is how clients know what was taken; they send again what is 429 or above, and the whole
// batch without end after a 400. So what can't be read is kept in quarantine and 201 as well, and 400 is only what
// holds no action at all.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "webhooks/json_grammar.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

app::Reply elastic_reply(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}, {"X-Elastic-Product", "Elasticsearch"}},
          .body = std::move(body)};
}

std::string quoted_json(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

struct Action {
  std::string_view name, about;  // "index", {"_index":…,"_id":…}
};

std::optional<Action> action_in(std::string_view line) {
  for (const std::string_view name : {"create", "index", "update", "delete"})
    if (const auto about = find_member(line, name)) return Action{name, *about};
  return std::nullopt;
}

/// Whether it is an action and can't be meant for a document: nothing but the action, and all in it about where to.
bool is_nothing_but_action(std::string_view line) {
  constexpr std::array<std::string_view, 9> about_keys = {
      "routing",          "pipeline",        "version",       "version_type",
      "if_seq_no",        "if_primary_term", "require_alias", "require_data_stream",
      "retry_on_conflict"};
  const auto action = action_in(line);
  if (!action || !action->about.starts_with('{')) return false;
  RawParts members(line);
  members.next();
  if (members.next()) return false;
  RawParts about(action->about);
  while (const auto member = about.next())
    if (!member->starts_with("\"_") &&
        std::ranges::none_of(about_keys, [&](auto key) { return member_value(*member, key).has_value(); }))
      return false;
  return true;
}

/// {"name":{…
bool has_shape_of_action(std::string_view line) {
  if (!line.starts_with('{')) return false;
  const auto first = RawParts(line).next();
  const auto member = first ? split_member(*first) : std::nullopt;
  return member && member->value.starts_with('{');
}

/// The lines of a body, blank ones left out; one may be looked at before it is taken.
class BulkLines {
 public:
  explicit BulkLines(std::string_view text) : rest_(text) { advance(); }
  [[nodiscard]] const std::optional<std::string_view>& front() const { return line_; }
  std::optional<std::string_view> take() {
    const auto taken = line_;
    advance();
    return taken;
  }

 private:
  void advance() {
    line_.reset();
    while (!line_ && !rest_.empty()) {
      const auto end = std::min(rest_.find('\n'), rest_.size());
      if (const auto line = trim_json(rest_.substr(0, end)); !line.empty()) line_ = line;
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
    }
  }

  std::string_view rest_;
  std::optional<std::string_view> line_;
};

class Elasticsearch final : public app::Decoder {
 public:
  explicit Elasticsearch(Options options) : options_(std::move(options)) {}

  /// Clients ask first what they speak to; the answer is the least that all of them take.
  [[nodiscard]] app::Door door(const app::Delivery& head) const override {
    if (head.method == "GET" || head.method == "PUT") return app::Door::guarded;
    return app::Decoder::door(head);
  }

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    if (delivery.method == "GET")
      return said(R"({"name":"countersign","cluster_name":"countersign","version":)"
                  R"({"number":"8.11.0","build_flavor":"default"},)"
                  R"("license":{"status":"active","type":"basic"},)"
                  R"("tagline":"You Know, for Search"})");
    if (!delivery.suffix.ends_with("/_bulk"))
      return fail(Fault::invalid, "this takes …/_bulk alone: switch templates, pipelines and lifecycles off");
    auto text = json_text(delivery, options_.bound);
    if (!text) return std::unexpected(text.error());
    app::Decoded decoded;
    DeliveryBound bound(text->view().size());
    std::string items;
    BulkLines lines(text->view());
    while (const auto line = lines.take()) {
      if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
      auto action = action_in(*line);
      if (!action) {
        add_unreadable(decoded, *line, "the line is no action of _bulk");
        // Where it has an action's shape and a document follows, that is answered and read.
        if (!has_shape_of_action(*line) || !lines.front() || is_nothing_but_action(*lines.front())) continue;
        action = Action{"index", "{}"};
      }
      add_item(*text, *action, items);
      if (action->name == "delete") continue;
      if (!lines.front() || is_nothing_but_action(*lines.front()))
        add_unreadable(decoded, *line, "the action has no document");
      else
        read_document(delivery, *text, *action, *lines.take(), decoded);
    }
    if (items.empty() && !decoded.unreadable.empty()) return unless_all_unreadable(std::move(decoded));
    decoded.reply = elastic_reply(200, R"({"took":0,"errors":false,"items":[)" + items + "]}");
    return decoded;
  }

  [[nodiscard]] std::optional<app::Reply> refusal(const app::Delivery&, const Error& error) const override {
    const auto status = error.fault == Fault::unauthorized ? 401
                        : error.fault == Fault::invalid    ? 400
                        : error.fault == Fault::too_large  ? 413
                                                           : 503;
    auto reply = elastic_reply(status, fmt::format(R"({{"error":{{"type":"countersign","reason":{}}},"status":{}}})",
                                                   quoted_json(error.message), status));
    if (status == 503) reply.headers.emplace_back("Retry-After", "5");
    if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"countersign\"");
    return reply;
  }

 private:
  static app::Decoded said(std::string body) {
    app::Decoded decoded;
    decoded.reply = elastic_reply(200, std::move(body));
    return decoded;
  }

  static void add_item(const PaddedText& text, const Action& action, std::string& items) {
    JsonValues values(text);
    items += fmt::format(R"({}{{"{}":{{"_index":{},"_id":{},"status":{}}}}})", items.empty() ? "" : ",", action.name,
                         quoted_json(values.text(action.about, "_index").value_or("logs")),
                         quoted_json(values.text(action.about, "_id").value_or("")),
                         action.name == "delete" || action.name == "update" ? 200 : 201);
  }

  void read_document(const app::Delivery& delivery, const PaddedText& text, const Action& action,
                     std::string_view document, app::Decoded& decoded) const {
    if (!is_json(document)) return add_unreadable(decoded, document, kBrokenJson);
    auto inner = std::optional(document);
    if (action.name == "update") {
      inner = find_member(document, "doc");
      if (!inner) inner = find_member(document, "upsert");
    }
    if (!inner) return add_unreadable(decoded, document, "the update has neither doc nor upsert");
    simdjson::ondemand::parser parser;
    core::Record record;
    std::string why;
    if (!read_object(parser, text.padded(*inner), options_.zone, delivery.arrival, record, why))
      return add_unreadable(decoded, document, why);
    record.provider_id = JsonValues(text).text(action.about, "_id").value_or("");
    decoded.records.push_back(std::move(record));
  }

  Options options_;
};

}  // namespace

Made make_elasticsearch(const Options& options) {
  return std::make_unique<Elasticsearch>(options);
}

}  // namespace countersign::webhooks
