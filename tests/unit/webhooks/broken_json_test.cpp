// What JSON that is left open costs: itself alone, and time in proportion to the body.
#include <fmt/format.h>

#include "tests/unit/webhooks/decoding.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_scan.hpp"
#include "webhooks/json_sequence.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;
using webhooks::JsonSequence;

namespace {

std::string sequence_text(std::string_view text, JsonSequence::Of of) {
  std::string all;
  JsonSequence sequence(text, of);
  while (const auto part = sequence.next())
    all += fmt::format("{}<{}>", all.empty() ? "" : " ", *part);
  return all;
}

std::string repeated(std::string_view piece, std::size_t size) {
  std::string text;
  text.reserve(size + piece.size());
  while (text.size() < size)
    text += piece;
  return text;
}

Result<app::Decoded> deliver(std::string_view provider, std::string_view suffix, std::string_view type,
                             std::string_view body) {
  app::Delivery delivery;
  delivery.suffix = suffix;
  delivery.content_type = type;
  delivery.body = body;
  delivery.arrival = kArrival;
  return decoder(provider)->decode(delivery);
}

struct Format {
  const char *provider, *suffix, *type, *before, *after;
};

const Format kFormats[] = {
    {"json", "", "", "", ""},
    {"json", "", "", "[", "]"},
    {"papertrail", "", "", R"({"events":[)", "]}"},
    {"splunk_hec", "/services/collector", "", "", ""},
    {"firehose", "", "", R"({"records":[)", "]}"},
    {"loki", "", "application/json", R"({"streams":[{"stream":{},"values":[)", "]}]}"},
    {"otlp", "/v1/logs", "application/json", R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[)", "]}]}]}"},
    {"eventbridge", "", "", "", ""},
    {"template", "", "", "", ""},
    {"elasticsearch", "/_bulk", "", "", ""},
};

}  // namespace

TEST_CASE("a sequence of JSON: what is left open ends where the next thing begins") {
  struct Row {
    const char *text, *parts;
  };
  for (const auto& row : {
           Row{"", ""},
           Row{" , \n", ""},
           Row{R"({"a":1}{"b":2})", R"(<{"a":1}> <{"b":2}>)"},
           Row{R"([{"a":1},{"b":[{"c":2}]}] {"d":3})", R"(<{"a":1}> <{"b":[{"c":2}]}> <{"d":3}>)"},
           Row{"{\n \"a\":\n {\"b\":1}\n}\n{\"c\":2}", "<{\n \"a\":\n {\"b\":1}\n}> <{\"c\":2}>"},
           Row{R"([null,7,"x{",[1,[2]]])", R"(<null> <7> <"x{"> <[1,[2]]>)"},
           Row{R"([{"a":1},{"b":2 ,{"c":3}])", R"(<{"a":1}> <{"b":2 ,> <{"c":3}>)"},
           Row{R"({"a":1{"b":2})", R"(<{"a":1> <{"b":2}>)"},
           Row{R"([{"a":[1,2,{"b":3},{"c":4}]}, {"d":5}])", R"(<{"a":[1,2,{"b":3},{"c":4}]}> <{"d":5}>)"},
           Row{R"([{"a":1]{"b":2})", R"(<{"a":1> <{"b":2}>)"},
           Row{R"([{"a":1}},{"b":2}])", R"(<{"a":1}> <}> <{"b":2}>)"},
           Row{R"([{"a":[1,2},{"b":2}])", R"(<{"a":[1,2}> <{"b":2}>)"},
           Row{R"([{"a":"x},{"b":"y"},{"c":"z"}])", R"(<{"a":"x},> <{"b":"y"}> <{"c":"z"}>)"},
           Row{R"([{"a":"x{"},{"b":"y{","c":1}])", R"(<{"a":"x{"}> <{"b":"y{","c":1}>)"},
           Row{"[{\"a\":\"x\n},\n{\"b\":2}\n]", "<{\"a\":\"x> <}> <{\"b\":2}>"},
           Row{"{\"a\":\"cut\n{\"b\":2}\n", "<{\"a\":\"cut> <{\"b\":2}>"},
           Row{"{\"a\":\n{\"b\":2}\n{\"c\":3}\n", "<{\"a\":> <{\"b\":2}> <{\"c\":3}>"},
           Row{"{\"a\":[1\n{\"b\":2}\n[{\"c\":3},{\"d\":4}]\n", "<{\"a\":[1> <{\"b\":2}> <{\"c\":3}> <{\"d\":4}>"},
           Row{"[{\"a\":1},{\"b\":2\n[{\"c\":3}]\n", "<{\"a\":1}> <{\"b\":2> <{\"c\":3}>"},
           Row{"[{\"a\":1}\n[{\"b\":2}]\n", "<{\"a\":1}> <{\"b\":2}>"},
           Row{"{\"a\":1}\nnot json\n{\"b\":2}", "<{\"a\":1}> <not json> <{\"b\":2}>"},
           Row{R"({"a":"\"}{"}{"b":"\\"}{"c":3})", R"(<{"a":"\"}{"}> <{"b":"\\"}> <{"c":3}>)"},
           Row{"{\"a\":\"\\", "<{\"a\":\"\\>"},
       }) {
    CAPTURE(std::string(row.text));
    CHECK(sequence_text(row.text, JsonSequence::Of::elements) == row.parts);
  }
  CHECK(sequence_text("{\"a\":\n{\"b\":2}\nNov 20 h sshd[1]: {x}\n[y\n", JsonSequence::Of::lines) ==
        "<{\"a\":> <{\"b\":2}> <Nov 20 h sshd[1]: {x}> <[y>");
  CHECK(sequence_text("[{\"a\":1}]{\"b\":2}", JsonSequence::Of::values) == "<[{\"a\":1}]> <{\"b\":2}>");
}

TEST_CASE("a record that is left open costs itself, in every format") {
  struct Row {
    Format format;
    const char *good, *bad, *between;
  };
  for (const auto& row : {
           Row{kFormats[0], R"({"message":"good"})", R"({"message":"bad")", "\n"},
           Row{kFormats[0], R"({"message":"good"})", R"({"message":"bad)", "\n"},
           Row{kFormats[0], R"({"message":"good"})", R"({"message":)", "\n"},
           Row{kFormats[0], R"({"message":"good"})", R"({"message":["bad")", "\n"},
           Row{kFormats[0], R"({"message":"good"})", R"({"message":"bad")", ""},
           Row{kFormats[1], R"({"message":"good"})", R"({"message":"bad" )", ","},
           Row{kFormats[1], R"({"message":"good"})", R"({"message":"bad)", ","},
           Row{kFormats[1], R"({"message":"good"})", R"({"message":"bad)", ",\n"},
           Row{kFormats[1], R"({"message":"good"})", R"({"message":"bad"}})", ","},
           Row{kFormats[2], R"({"message":"good"})", R"({"message":"bad")", ","},
           Row{kFormats[2], R"({"message":"good"})", R"({"message":"bad)", ","},
           Row{kFormats[2], R"({"message":"good"})", R"({"id":[1,"message":"bad"})", ","},
           Row{kFormats[3], R"({"event":"good"})", R"({"event":"bad")", ""},
           Row{kFormats[3], R"({"event":"good"})", R"({"event":"bad)", "\n"},
           Row{kFormats[3], R"({"event":"good"})", R"({"event":{"message":"bad"})", "\n"},
           Row{kFormats[4], R"({"data":"Z29vZA=="})", R"({"data":"YmFk")", ","},
           Row{kFormats[4], R"({"data":"Z29vZA=="})", R"({"data":"YmFk)", ","},
           Row{kFormats[5], R"(["1600110569039000000","good"])", R"(["1600110569039000000","bad")", ","},
           Row{kFormats[5], R"(["1600110569039000000","good"])", R"(["1600110569039000000","bad)", ","},
           Row{kFormats[5], R"(["1600110569039000000","good",{"a":"b"}])", R"(["1600110569039000000")", ","},
           Row{kFormats[6], R"({"body":{"stringValue":"good"}})", R"({"body":{"stringValue":"bad")", ","},
           Row{kFormats[6], R"({"body":{"stringValue":"good"}})", R"({"body":{"intValue":"bad"})", ","},
           Row{kFormats[6], R"({"body":{"stringValue":"good"}})", R"({"body":{"stringValue":"bad}})", ","},
           Row{kFormats[7], R"({"message":"good"})", R"({"detail":{"message":"bad"})", "\n"},
           Row{kFormats[7], R"({"message":"good"})", R"({"message":"bad)", "\n"},
           Row{kFormats[8], R"({"message":"good"})", R"({"message":"bad")", "\n"},
           Row{kFormats[8], R"({"message":"good"})", R"({"message":)", "\n"},
           Row{kFormats[9], "{\"index\":{}}\n{\"message\":\"good\"}", "{\"index\":{}}\n{\"message\":\"bad\"", "\n"},
       }) {
    CAPTURE(std::string(row.format.provider));
    CAPTURE(std::string(row.bad));
    const auto& [provider, suffix, type, before, after] = row.format;
    const auto body = fmt::format("{}{}{}{}{}{}{}{}{}", before, row.good, row.between, row.good, row.between, row.bad,
                                  row.between, row.good + std::string(row.between) + row.good, after);
    const auto result = deliver(provider, suffix, type, body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    std::size_t good = 0;
    for (const auto& record : result->records)
      good += record.message == "good" ? 1 : 0;
    CHECK(good == 4);
    // One closing bracket too many is no part of the record it follows.
    CHECK(result->records.size() - good + result->unreadable.size() ==
          (std::string_view(row.bad).ends_with("}}") && provider == std::string("json") ? 2 : 1));
  }
}

TEST_CASE("values left open by the million are read in one go") {
  // Were the rest scanned from each, the first size would take a minute and the second several.
  constexpr std::size_t kThroughDecoders = std::size_t{256} << 10;
  constexpr std::size_t kScanned = std::size_t{512} << 10;
  for (const char* piece : {"{",
                            "[",
                            "{\n",
                            "[\n",
                            "[1,",
                            "[1,\n",
                            R"({"a":)",
                            "{\"a\":\n",
                            "{\"a\":[\n",
                            R"({"a":[{"b")",
                            "\"",
                            "\"\n",
                            "{\"\n",
                            "{\"a\":\"\n",
                            "\"{\"x",
                            "{\"a\":1\n[",
                            "}",
                            "]\n",
                            "[[],",
                            R"(["1","x",)",
                            "\\",
                            ",\n",
                            R"({"event":{"x":1 )",
                            R"({"data":"eA==")"}) {
    CAPTURE(std::string(piece));
    const auto text = repeated(piece, kScanned);
    for (const auto of : {JsonSequence::Of::elements, JsonSequence::Of::values, JsonSequence::Of::lines}) {
      std::size_t bytes = 0;
      JsonSequence sequence(text, of);
      while (const auto part = sequence.next())
        bytes += part->size();
      CHECK(bytes <= text.size());
    }
    for (const auto& format : kFormats) {
      CAPTURE(format.provider);
      const auto result = deliver(format.provider, format.suffix, format.type,
                                  format.before + repeated(piece, kThroughDecoders) + format.after);
      if (!result) CHECK_FALSE(result.error().message.empty());
    }
  }
}

TEST_CASE("what is JSON by its grammar") {
  struct Row {
    std::string text;
    bool json;
  };
  for (
      const auto& row : {
          Row{R"( {"a":[1,-0.5e+3,0,"x\"\u00e9\ud800",true,false,null,{},[]],"b":{"c":123456789012345678901234567890}} )",
              true},
          Row{"7", true},
          Row{std::string(100'000, '[') + std::string(100'000, ']'), true},
          Row{"", false},
          Row{"{", false},
          Row{"[1,]", false},
          Row{"[1 2]", false},
          Row{R"({"a"})", false},
          Row{R"({"a":1,})", false},
          Row{R"({"a":1]})", false},
          Row{R"({"a":[1,{"b":2})", false},
          Row{R"({a:1})", false},
          Row{R"({"a":"x)", false},
          Row{R"({"a":"\)", false},
          Row{R"(["\x"])", false},
          Row{R"(["\u12g4"])", false},
          Row{R"(["\u12)", false},
          Row{"[\"\n\"]", false},
          Row{"[01]", false},
          Row{"[1.]", false},
          Row{"[1e]", false},
          Row{"[-]", false},
          Row{"[NaN]", false},
          Row{"[truth]", false},
          Row{"{} {}", false},
      }) {
    CAPTURE(row.text.substr(0, 60));
    CHECK(webhooks::is_json(row.text) == row.json);
  }
}

TEST_CASE("a record that swallowed those behind it is unreadable, never half-read") {
  struct Row {
    Format format;
    const char *good, *cut;
  };
  const char* const row = R"(["1600110569039000000","good"])";
  const char* const log = R"({"body":{"stringValue":"good"}})";
  const char* const log_cut = R"({"timeUnixNano":"1","body":{"stringValue":"cut"},"attributes":[{"key":"program","va)";
  for (const auto& [format, good, cut] : {
           Row{kFormats[6], log, log_cut},
           Row{kFormats[6], log, R"({"body":{"stringValue":"cut"},"attributes":[{"key":"a","value":{"arrayValue":[{)"},
           Row{kFormats[6], log, R"({"body":{"stringValue":"cut"},"attributes":[{"key":"a" "b"}]})"},
           Row{kFormats[1], R"({"message":"good"})", R"({"message":"cut","x":{"a" "b"}})"},
           Row{kFormats[2], R"({"message":"good"})", R"({"message":"cut","x":{"a" "b"}})"},
           Row{kFormats[3], R"({"event":"good"})", R"({"event":"cut","fields":[{"a":"b)"},
           Row{kFormats[3], R"({"event":"good"})", R"({"event":{"message":"cut","x":{"a" "b"}}})"},
           Row{kFormats[4], R"({"data":"Z29vZA=="})", R"({"data":"Y3V0","x":[{"a)"},
           Row{kFormats[5], row, R"(["1600110569039000000","cut",{"a":[)"},
           Row{kFormats[5], row, R"(["1600110569039000000","cut",{"a" "b"}])"},
           Row{kFormats[5], row, R"(["1600110569039000000","cut")"},
           Row{kFormats[7], R"({"message":"good"})", R"({"message":"cut","x":{"a" "b"}})"},
           Row{kFormats[7], R"({"message":"good"})",
               R"({"id":"1","detail-type":"t","x":{"a" "b"},"detail":{"eventName":"cut","eventSource":"s"}})"},
       }) {
    CAPTURE(std::string(format.provider));
    CAPTURE(std::string(cut));
    const auto& [provider, suffix, type, before, after] = format;
    const auto body = fmt::format("{0}{1},{2},{1},{1}{3}", before, good, cut, after);
    const auto result = deliver(provider, suffix, type, body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    CHECK(result->records.size() >= 1);
    for (const auto& record : result->records)
      CHECK(record.message == "good");
    REQUIRE(result->unreadable.size() == 1);
    CHECK(result->unreadable[0].sample.starts_with(std::string_view(cut).substr(0, 20)));
  }
}

TEST_CASE("otlp: what is broken around the records is told as a partial success") {
  struct Row {
    const char* body;
    std::size_t records, unreadable;
    const char* host = "";
  };
  for (const auto& row : {
           // a body that is JSON, with an empty scope
           Row{R"({"resourceLogs":[{"scopeLogs":[{"scope":{}},{"logRecords":[{"body":{"stringValue":"m"}}]}]}]})", 1,
               0},
           // the body's end is missing
           Row{R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"m"}})", 1, 1},
           // a scope that swallows the next resource, and one that breaks off before its records
           Row{R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"m"}}]},)"
               R"({"resource":{},"scopeLogs":[{"logRecords":[{"body":{"stringValue":"n"}}]}]}]})",
               1, 1},
           Row{R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"m"}}]},{"scope":{"a":[{)"
               R"({"logRecords":[{"body":{"stringValue":"n"}}]}]}]})",
               1, 1},
           // the resource itself
           Row{R"({"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"h"}} x]},)"
               R"("scopeLogs":[{"logRecords":[{"body":{"stringValue":"m"}}]}]}]})",
               1, 1},
       }) {
    CAPTURE(std::string(row.body));
    const auto result = deliver("otlp", "/v1/logs", "application/json", row.body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == row.records);
    CHECK(result->records[0].message == "m");
    CHECK(result->records[0].host == row.host);
    CHECK(result->unreadable.size() == row.unreadable);
    CHECK((result->reply->body == "{}") == (row.unreadable == 0));
  }
}

TEST_CASE("what one body or payload alone holds is not half-read either") {
  struct Row {
    const char *provider, *suffix;
    std::string body;
    std::size_t records;
  };
  const std::string events = R"({"messageType":"DATA_MESSAGE","logStream":"s","logEvents":[{"id":"1","message":"m"},)"
                             R"({"id":"2","message":"cut","extractedFields":{"a":[{"b)"
                             R"({"id":"3","message":"lost"}]})";
  const std::string control = R"({"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","message":"cut","x":[{)";
  const auto firehose = [](const std::string& data) {
    return R"({"records":[{"data":")" + to_base64(data) + R"("}]})";
  };
  for (const auto& [provider, suffix, body, records] : {
           Row{"firehose", "", firehose(events), 1},
           Row{"firehose", "", firehose("{\"message\":\"m\"}\n" + control), 1},
           Row{"firehose", "", firehose("{\"message\":\"m\"}\n{\"message\":\"cut\",\"x\":{\"a\" \"b\"}}"), 1},
           Row{"firehose", "", R"({"records":[{"data":"bQ=="})", 1},
           Row{"elasticsearch", "/_bulk", "{\"index\":{}}\n{\"message\":\"cut\",\"x\":{\"a\" \"b\"}}\n", 0},
           Row{"elasticsearch", "/_bulk", "{\"update\":{}}\n{\"doc\":{\"message\":\"cut\"},\"x\":}\n", 0},
           Row{"template", "", "{\"message\":\"m\"}\n{\"message\":\"cut\",\"x\":{\"a\" \"b\"}}", 1},
           Row{"loki", "", R"({"streams":[{"stream":{"host":"h" "i"},"values":[["1","m"]]}]})", 1},
           Row{"loki", "", R"({"streams":[{"values":[["1","m"]],"x":[{"a":1},{"stream":{},"values":[["2","lost"]]}]})",
               1},
       }) {
    CAPTURE(std::string(provider));
    CAPTURE(body);
    const auto result = deliver(provider, suffix, "application/json", body);
    REQUIRE_MESSAGE(result.has_value(), result.error().message);
    REQUIRE(result->records.size() == records);
    if (records != 0) CHECK(result->records[0].message == "m");
    CHECK(result->unreadable.size() == 1);
  }
}
