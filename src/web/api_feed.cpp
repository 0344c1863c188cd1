// GET /api/v1/approvals/feed?since=CURSOR&limit=&kinds=: what became of approvals, oldest first, to be polled.
#include <nlohmann/json.hpp>

#include "app/feed.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "web/api.hpp"
#include "web/list_query.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

Result<std::vector<app::FeedKind>> read_kinds(std::string_view query) {
  const auto text = form_value(query, "kinds").value_or("");
  std::vector<app::FeedKind> kinds;
  for (std::string_view rest = text; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto kind = app::parse_feed_kind(one_line(rest.substr(0, comma), 40));
    if (!kind) return fail(Fault::invalid, "kinds: {}", kind.error().message);
    kinds.push_back(*kind);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return kinds;
}

net::Response feed_reply(app::View& view, const app::FeedFilter& filter) {
  if (filter.cursor == "latest") {
    const auto end = view.feed_end();
    if (!end) return json_error(end.error());
    return json_reply(200, {{"entries", Json::array()}, {"cursor", *end}, {"more", false}});
  }
  const auto page = app::read_feed(view, filter);
  if (!page)
    return page.error().fault == Fault::invalid ? json_error(400, "since: " + page.error().message)
                                                : json_error(page.error());
  Json entries = Json::array();
  for (const auto& row : page->rows)
    entries.push_back(app::feed_json(row.entry));
  return json_reply(200, {{"entries", std::move(entries)}, {"cursor", page->cursor}, {"more", page->more}});
}

}  // namespace

/// `{"entries":[…],"cursor":"…","more":false}`; `since=latest` gives the cursor of now and no entries.
void Api::feed(const Caller& /*caller*/, net::Request request, std::vector<std::string> /*none*/,
               net::Respond respond) {
  const auto limit = read_limit(request.query);
  if (!limit) return respond(json_error(limit.error()));
  auto kinds = read_kinds(request.query);
  if (!kinds) return respond(json_error(kinds.error()));
  app::FeedFilter filter{form_value(request.query, "since").value_or(""), *limit, *std::move(kinds)};
  from_view(parts_.store, std::move(respond),
            [filter = std::move(filter)](app::View& view) { return feed_reply(view, filter); });
}

}  // namespace countersign::web
