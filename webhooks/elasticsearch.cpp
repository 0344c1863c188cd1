// Elasticsearch's _bulk, as Filebeat, Logstash, rsyslog's omelasticsearch, Vector and Fluent Bit send it
// (elastic.co/docs/api, "Bulk index or delete documents"): an action a line, and below it the document. Each item is
// answered in its place; clients send again what is 429 or above, so an unreadable one, which is kept, is 201 as well.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

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

/// The action's name and its object, or nullopt.
std::optional<std::pair<std::string_view, std::string_view>> action_in(std::string_view line) {
  for (const std::string_view name : {"create", "index", "update", "delete"})
    if (const auto about = find_member(line, name)) return std::pair(name, *about);
  return std::nullopt;
}

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
    JsonValues values(*text);
    simdjson::ondemand::parser parser;
    auto rest = text->view();
    while (const auto line = next_line(rest)) {
      if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
      const auto action = action_in(*line);
      if (!action) {
        add_unreadable(decoded, *line, "the line is no action of _bulk");
        continue;
      }
      const auto id = values.text(action->second, "_id").value_or("");
      items += fmt::format(R"({}{{"{}":{{"_index":{},"_id":{},"status":{}}}}})", items.empty() ? "" : ",",
                           action->first, quoted_json(values.text(action->second, "_index").value_or("logs")),
                           quoted_json(id), action->first == "delete" ? 200 : 201);
      if (action->first == "delete") continue;
      const auto document = next_line(rest);
      if (!document) {
        add_unreadable(decoded, *line, "the action has no document");
        break;
      }
      const auto inner = action->first == "update" ? find_member(*document, "doc") : document;
      core::Record record;
      std::string why = "the update has no doc";
      if (inner) why.clear();
      if (inner && read_object(parser, text->padded(*inner), options_.zone, delivery.arrival, record, why)) {
        record.provider_id = id;
        decoded.records.push_back(std::move(record));
      } else {
        add_unreadable(decoded, *document, why);
      }
    }
    auto read = unless_all_unreadable(std::move(decoded));
    if (read) read->reply = elastic_reply(200, R"({"took":0,"errors":false,"items":[)" + items + "]}");
    return read;
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

  static std::optional<std::string_view> next_line(std::string_view& rest) {
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      const auto line = trim_json(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!line.empty()) return line;
    }
    return std::nullopt;
  }

  Options options_;
};

}  // namespace

Made make_elasticsearch(const Options& options) {
  return std::make_unique<Elasticsearch>(options);
}

}  // namespace countersign::webhooks
