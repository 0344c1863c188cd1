// _bulk: each action answered in its place, whatever is wrong with it or beside it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/unit/webhooks/decoding.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;

namespace {

Result<app::Decoded> deliver(std::string_view body) {
  app::Delivery delivery;
  delivery.suffix = "/_bulk";
  delivery.body = body;
  delivery.arrival = kArrival;
  return decoder("elasticsearch")->decode(delivery);
}

/// "create a 201, …"
std::string items_told(const app::Decoded& decoded) {
  std::string told;
  const auto reply = nlohmann::ordered_json::parse(decoded.reply->body);
  CHECK(reply["errors"] == false);
  for (const auto& item : reply["items"]) {
    REQUIRE(item.size() == 1);
    const auto& about = item.begin().value();
    told += fmt::format("{}{} {} {}", told.empty() ? "" : ", ", item.begin().key(), about["_id"].get<std::string>(),
                        about["status"].get<int>());
  }
  return told;
}

std::string messages(const app::Decoded& decoded) {
  std::string all;
  for (const auto& record : decoded.records)
    all += fmt::format("{}{}={}", all.empty() ? "" : ", ", record.provider_id, record.message);
  return all;
}

}  // namespace

TEST_CASE("elasticsearch: every action has its item, in order, and none is asked to come again") {
  const std::string one = "{\"create\":{\"_id\":\"1\"}}\n{\"message\":\"one\"}\n";
  const std::string two = "{\"index\":{\"_index\":\"logs\",\"_id\":\"2\",\"routing\":\"r\"}}\n{\"message\":\"two\"}\n";
  struct Row {
    std::string body, records, items;
    std::size_t unreadable;
  };
  for (const auto& row : {
           Row{one + two, "1=one, 2=two", "create 1 201, index 2 201", 0},
           Row{one + two.substr(0, two.size() - 1), "1=one, 2=two", "create 1 201, index 2 201", 0},
           Row{one + "\r\n" + two, "1=one, 2=two", "create 1 201, index 2 201", 0},
           Row{"", "", "", 0},
           Row{one + "{\"delete\":{\"_id\":\"3\"}}\n" + two, "1=one, 2=two", "create 1 201, delete 3 200, index 2 201",
               0},
           Row{"{\"delete\":{\"_id\":\"3\"}}", "", "delete 3 200", 0},
           Row{one + "{\"update\":{\"_id\":\"3\",\"retry_on_conflict\":3}}\n{\"doc\":{\"message\":\"new\"}}\n" + two,
               "1=one, 3=new, 2=two", "create 1 201, update 3 200, index 2 201", 0},
           Row{"{\"update\":{\"_id\":\"3\"}}\n{\"script\":\"x\",\"upsert\":{\"message\":\"new\"}}\n", "3=new",
               "update 3 200", 0},
           Row{"{\"update\":{\"_id\":\"3\"}}\n{\"script\":\"x\"}\n" + one, "1=one", "update 3 200, create 1 201", 1},
           // a document that can't be read
           Row{one + "{\"create\":{\"_id\":\"3\"}}\n{\"message\":\"bad\n" + two, "1=one, 2=two",
               "create 1 201, create 3 201, index 2 201", 1},
           Row{"{\"create\":{\"_id\":\"3\"}}\n{\"message\":\"bad\n", "", "create 3 201", 1},
           Row{"{\"create\":{\"_id\":\"3\"}}\n{}\n{\"create\":{\"_id\":\"4\"}}\n7\n", "", "create 3 201, create 4 201",
               2},
           // an action without a document
           Row{"{\"index\":{\"_id\":\"3\"}}\n" + one + two, "1=one, 2=two", "index 3 201, create 1 201, index 2 201",
               1},
           Row{one + "{\"index\":{\"_id\":\"3\"}}", "1=one", "create 1 201, index 3 201", 1},
           Row{"{\"index\":{}}\n{\"delete\":{\"_id\":\"3\"}}\n" + one, "1=one",
               "index  201, delete 3 200, create 1 201", 1},
           // a broken action before its document, and what is neither
           Row{one + "{\"index\":{\"_id\":\"3\"\n{\"message\":\"three\"}\n" + two, "1=one, 3=three, 2=two",
               "create 1 201, index 3 201, index 2 201", 0},
           Row{one + "{\"indx\":{\"_id\":\"3\"}}\n{\"message\":\"three\"}\n" + two, "1=one, =three, 2=two",
               "create 1 201, index  201, index 2 201", 1},
           Row{one + "{\"indx\" : {\"_id\":\"3\"}}\n{\"message\":\"three\"}\n" + two, "1=one, =three, 2=two",
               "create 1 201, index  201, index 2 201", 1},
           Row{one + "not json\n" + two, "1=one, 2=two", "create 1 201, index 2 201", 1},
           Row{"{\"message\":\"lost its action\"}\n" + two, "2=two", "index 2 201", 1},
           // documents that look like actions
           Row{"{\"index\":{\"_id\":\"3\"}}\n{\"message\":\"m\",\"index\":{\"_id\":1}}\n" + two, "3=m, 2=two",
               "index 3 201, index 2 201", 0},
           Row{"{\"index\":{\"_id\":\"3\"}}\n{\"create\":{\"message\":\"m\"}}\n" + two,
               "3={\"create\":{\"message\":\"m\"}}, 2=two", "index 3 201, index 2 201", 0},
       }) {
    CAPTURE(row.body);
    const auto result = deliver(row.body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    CHECK(messages(*result) == row.records);
    CHECK(items_told(*result) == row.items);
    CHECK(result->unreadable.size() == row.unreadable);
    CHECK(result->reply->status == 200);
  }
}

TEST_CASE("elasticsearch: what holds no action at all is refused") {
  for (const char* body :
       {"x", "7\n7\n", "{\"message\":\"x\"}\n", "{\"message\":\"x\"}\n{\"message\":\"y\"}\n", "[]", "\"index\""}) {
    CAPTURE(std::string(body));
    const auto result = deliver(body);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().fault == Fault::invalid);
  }
}
