// Decoders over the samples beside them, and over what a hostile or broken sender makes of those.
#include <fmt/format.h>

#include "tests/unit/webhooks/decoding.hpp"

using namespace countersign;
using namespace countersign::webhooks_test;

TEST_CASE("papertrail: form and JSON, ids exact, both times") {
  for (const char* file : {"papertrail_events.form", "papertrail_events.json"}) {
    CAPTURE(file);
    const auto result = decoded("papertrail", sample(file));
    CHECK(result.unreadable.empty());
    REQUIRE(result.records.size() == 2);
    const auto& first = result.records[0];
    CHECK(first.provider_id == "7711561783320576");
    CHECK(first.message == kLine);
    CHECK(first.host == "abc");
    CHECK(first.program == "sshd");
    CHECK(time_text(first.received_at) == "2011-05-19T03:30:02Z");
    CHECK_FALSE(first.time.has_value());
    const auto& second = result.records[1];
    CHECK(second.provider_id == "1844674407370955161");  // 2^60 and more: a double would round it
    CHECK(second.host == "def");
    CHECK(time_text(second.time) == "2026-11-20T09:02:02Z");
    CHECK(time_text(second.received_at) == "2026-11-20T09:02:03Z");
  }
}

TEST_CASE("papertrail: counts alone are a good delivery without lines") {
  const auto result = decoded("papertrail", sample("papertrail_counts.json"));
  CHECK(result.records.empty());
  CHECK(result.unreadable.empty());
  CHECK(decoded("papertrail", R"({"events":[]})").records.empty());
}

TEST_CASE("papertrail: a delivery that ended at a limit says so") {
  const auto left_out = [](const std::string& body) {
    app::Delivery delivery;
    delivery.body = body;
    delivery.content_type = "application/json";
    return (*webhooks::make_decoder("papertrail", {}))->decode(delivery)->left_out;
  };
  CHECK(left_out(R"({"events":[],"reached_record_limit":false,"reached_time_limit":false})").empty());
  CHECK(left_out(R"({"events":[],"reached_record_limit":true})").find("reached_record_limit") != std::string::npos);
  CHECK(left_out(R"({"reached_time_limit": true, "events":[]})").find("reached_time_limit") != std::string::npos);
}

TEST_CASE("papertrail: bad events beside good ones") {
  const auto result = decoded("papertrail", R"({"events":[{"id":"9223372036854775807","message":"a","program":null},
    7, {"id":1}, {"id":2,"message":5}, {"id":3,"message":"b" "c"}, {"id":{"x":1},"message":"d","source_name":"s"},
    {"id":4,"message":"\ud800"}, {"id":18446744073709551615,"message":"e","received_at":"never"}]})");
  REQUIRE(result.records.size() == 3);
  CHECK(result.records[0].provider_id == "9223372036854775807");
  CHECK(result.records[0].program.empty());
  CHECK(result.records[1].provider_id.empty());
  CHECK(result.records[1].host == "s");
  CHECK(result.records[2].provider_id == "18446744073709551615");
  CHECK_FALSE(result.records[2].received_at.has_value());
  CHECK(result.unreadable.size() == 5);
  CHECK(result.unreadable[0].sample == "7");
}

TEST_CASE("papertrail: what can't be read at all is refused with a reason") {
  for (const char* body : {"", "payload=", "payload=%zz", "other=1", "[]", "{", "payload=[]", "{}", R"({"events":7})",
                           R"({"events":[1,2]})", R"({"events":[{"message":"cut)", "null"}) {
    CAPTURE(body);
    const auto result = decode("papertrail", body);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().fault == Fault::invalid);
    CHECK_FALSE(result.error().message.empty());
  }
}

TEST_CASE("generic JSON: the senders' own shapes") {
  struct Case {
    const char *file, *host, *program, *time;
    int pid;
  };
  for (const auto& test :
       {Case{"fluentbit_json_lines.ndjson", "web1", "sshd-session", "2020-09-14T19:09:29.039Z", 2211},
        Case{"fluentbit_json.json", "web1", "sshd", "2020-09-14T19:09:29.039Z", 2211},
        Case{"vector_http.json", "web1", "sshd", "2026-11-20T01:02:03.123456Z", 2211},
        Case{"rsyslog_omhttp_stdjson.json", "web1", "", "2026-11-20T01:02:03.123456Z", 0}}) {
    CAPTURE(test.file);
    const auto text = sample(test.file);
    for (const auto& [body, encoding] : {std::pair<std::string, std::string>{text, ""},
                                         {gzip(text), "gzip"},
                                         {gzip(text), ""},
                                         {zstd(text), "zstd"},
                                         {text, "identity"}}) {
      const auto result = decoded("json", body, encoding);
      CHECK(result.unreadable.empty());
      REQUIRE_FALSE(result.records.empty());
      const auto& record = result.records.front();
      CHECK(record.message == kLine);
      CHECK(record.host == test.host);
      CHECK(record.program == test.program);
      CHECK(time_text(record.time) == test.time);
      CHECK(record.pid.value_or(0) == test.pid);
    }
  }
}

TEST_CASE("generic JSON: one line, found where the contract says") {
  struct Case {
    const char *body, *host, *program, *message, *time;
    int pid;
  };
  const Case cases[] = {
      {R"({"textPayload":"t","body":"b","_raw":"r","event":"e","msg":"s","log":"l","MESSAGE":"M","message":"m"})", "",
       "", "m", "", -1},
      {R"({"message":5,"msg":"s"})", "", "", "s", "", -1},
      {R"({"message":{"a":1},"event":{"b":[1]},"body":"b"})", "", "", "b", "", -1},
      {R"({"MESSAGE":[104,105,255]})", "", "", "hi\xff", "", -1},
      {R"({"message":"m","process":{"pid":7,"name":"sshd"},"host":{"name":"h","ip":["x"]}})", "h", "sshd", "m", "", 7},
      {R"({"message":"m","process.name":"sshd","process.pid":"7","host.name":"h"})", "h", "sshd", "m", "", 7},
      {R"({"message":"m\n","time":1700000000})", "", "", "m", "2023-11-14T22:13:20Z", -1},
      {R"({"message":"m\nn\r\n","ts":"1700000000123"})", "", "", "m\nn", "2023-11-14T22:13:20.123Z", -1},
      {R"({"message":"m","ts":1700000000123456})", "", "", "m", "2023-11-14T22:13:20.123456Z", -1},
      {R"({"message":"m","ts":1700000000123456789})", "", "", "m", "2023-11-14T22:13:20.123456Z", -1},
      {R"({"message":"m","ts":1700000000.5})", "", "", "m", "2023-11-14T22:13:20.500Z", -1},
      {R"({"message":"m","ts":1e9})", "", "", "m", "", -1},
      {R"({"message":"m","ts":99999999999999999999})", "", "", "m", "", -1},
      {R"({"message":"m","@timestamp":"2026-11-20T01:02:03+01:00","pid":-5})", "", "", "m", "2026-11-20T00:02:03Z", -1},
      // a header is read where nothing contradicts it
      {R"({"message":"Nov 20 01:02:03 web1 sshd[42]: x"})", "web1", "sshd", "x", "2026-11-20T01:02:03Z", 42},
      {R"({"message":"Nov 20 01:02:03 web1 sshd[42]: x","host":"h","program":"sshd"})", "h", "sshd", "x",
       "2026-11-20T01:02:03Z", 42},
      {R"({"message":"Nov 20 01:02:03 web1 sshd[42]: x","program":"myapp"})", "", "myapp",
       "Nov 20 01:02:03 web1 sshd[42]: x", "", -1},
      {R"({"message":"Nov 20 01:02:03 web1 sshd[42]: x","time":1700000000})", "web1", "sshd", "x",
       "2023-11-14T22:13:20Z", 42},
      {R"({"message":"<38>1 2026-11-20T01:02:03Z web1 sshd 42 - - x","time":1700000000})", "web1", "sshd", "x",
       "2026-11-20T01:02:03Z", 42},
  };
  for (const auto& test : cases) {
    CAPTURE(test.body);
    const auto result = decoded("json", test.body);
    REQUIRE(result.records.size() == 1);
    const auto& record = result.records.front();
    CHECK(record.host == test.host);
    CHECK(record.program == test.program);
    CHECK(record.message == test.message);
    CHECK(time_text(record.time) == test.time);
    CHECK(record.pid.value_or(-1) == test.pid);
  }
}

TEST_CASE("generic JSON: bodies, good, mixed and bad") {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  struct Case {
    std::string body;
    int records, unreadable;  // records < 0: refused
  };
  const Case cases[] = {
      {R"({"message":"a"})", 1, 0},
      {"{\n \"message\": \"a\",\n \"x\": [\n 1 ]\n}\n", 1, 0},
      {"{\"message\":\"a\"}\n\n{\"message\":\"b\"}\r\n", 2, 0},
      {R"([{"message":"a"},{"message":"b"}])", 2, 0},
      {R"([])", 0, 0},
      {"", 0, 0},
      {"\xEF\xBB\xBF{\"message\":\"a\"}", 1, 0},
      {R"([{"message":"a"},{"message":"b" x},{"message":"c"}])", 2, 1},
      {R"([{"message":"a"},null,7,"x",[{"message":"b"}],{"message":"c"}])", 2, 4},
      {R"([{"message":"a"},{"other":"b"}])", 2, 0},
      {R"([{"message":"a"},{}])", 1, 1},
      {R"([{"message":"a"},{"message":"b)", 1, 1},
      {"{\"message\":\"a\"}\n{\"message\":\"cut\n{\"message\":\"c\"}\n", 2, 1},
      {"{\"message\":\"cut\n{\"message\":\"b\"}\n", 1, 1},
      {"{\"message\":\"a\"}\nnot json\n", 1, 1},
      {"[{\"message\":\"a\xff\"},{\"message\":\"b\"}]", 2, 0},
      {R"({"message":"a","deep":)" + deep + "}", 1, 0},
      {R"([{"message":"a"},)" + deep + "]", 1, 1},
      {R"([{"message":"a","message":"b"}])", 1, 0},
      {deep, -1, 0},
      {std::string(10'000, '['), -1, 0},
      {std::string(1'000, '{'), -1, 0},
      {"hello", -1, 0},
      {"[1,2,3]", -1, 0},
      {"{}", -1, 0},
  };
  for (const auto& test : cases) {
    CAPTURE(test.body.substr(0, 80));
    const auto result = decode("json", test.body);
    REQUIRE(result.has_value() == (test.records >= 0));
    if (!result) {
      CHECK(result.error().fault == Fault::invalid);
      continue;
    }
    CHECK(result->records.size() == static_cast<std::size_t>(test.records));
    CHECK(result->unreadable.size() == static_cast<std::size_t>(test.unreadable));
  }
}

TEST_CASE("generic JSON: many records, and too many") {
  std::string many = "[";
  for (int i = 0; i < 10'000; ++i)
    many += fmt::format("{}{{\"message\":\"m{}\"}}", i == 0 ? "" : ",", i);
  many += "]";
  const auto result = decoded("json", many);
  REQUIRE(result.records.size() == 10'000);
  CHECK(result.records.back().message == "m9999");
  std::string flood = "[0";
  for (int i = 0; i < 200'000; ++i)
    flood += ",0";
  const auto refused = decode("json", flood + "]");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().fault == Fault::too_large);
}

TEST_CASE("compressed bodies: damage, bombs, layers") {
  const std::string body = R"({"message":"a"})";
  const auto fault = [](std::string_view bytes, std::string_view encoding) {
    const auto result = decode("json", bytes, encoding);
    REQUIRE_FALSE(result.has_value());
    return result.error().fault;
  };
  const auto whole = gzip(body);
  CHECK(fault(whole.substr(0, whole.size() - 4), "gzip") == Fault::invalid);
  CHECK(fault(body, "gzip") == Fault::invalid);
  CHECK(fault(body, "br") == Fault::invalid);
  CHECK(fault(gzip(whole), "gzip") == Fault::invalid);
  CHECK(fault(zstd(whole), "zstd") == Fault::invalid);
  CHECK(fault(zstd(body).substr(0, 10), "zstd") == Fault::invalid);
  const std::string blanks(std::size_t{20} << 20, ' ');
  CHECK(fault(gzip(blanks), "gzip") == Fault::too_large);
  CHECK(fault(zstd(blanks), "zstd") == Fault::too_large);
  CHECK(decoded("json", whole + gzip("\n" + body), "GZIP").records.size() == 2);  // two members
}

TEST_CASE("make_decoder: an unknown provider hears which there are") {
  const auto decoder = webhooks::make_decoder("papertrial", {});
  REQUIRE_FALSE(decoder.has_value());
  CHECK(decoder.error().message.find("papertrail, json") != std::string::npos);
}

TEST_CASE("what the journal noted of a message's writer comes along") {
  const core::Writer logger{"logger", "/usr/bin/logger", 1000};
  const auto json = decoded("json", R"({"MESSAGE":"x","SYSLOG_IDENTIFIER":"sshd","_COMM":"logger",
    "_EXE":"/usr/bin/logger","_UID":"1000"})");
  REQUIRE(json.records.size() == 1);
  CHECK(json.records[0].writer == logger);
  const auto exported = decoded(
      "journal", "__CURSOR=c\n_COMM=logger\n_EXE=/usr/bin/logger\n_UID=1000\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=x\n\n");
  REQUIRE(exported.records.size() == 1);
  CHECK(exported.records[0].writer == logger);
  CHECK_FALSE(decoded("json", R"({"MESSAGE":"x","SYSLOG_IDENTIFIER":"sshd"})").records.at(0).writer.has_value());
  // What is no text or number says nothing.
  CHECK_FALSE(decoded("json", R"({"MESSAGE":"x","_COMM":{"a":1},"_UID":"-1"})").records.at(0).writer.has_value());
}

namespace {

/// An entry of the journal's export format, `binary` bytes of it in a field that may hold anything.
std::string journal_entry(int number, std::size_t binary = 0) {
  auto text = fmt::format("__CURSOR=s=0;i={}\n__REALTIME_TIMESTAMP={}\n_HOSTNAME=web8\nSYSLOG_IDENTIFIER=sshd\n",
                          number, 1'700'000'000'000'000 + number);
  if (binary > 0) {
    // What a journal may hold too: another journal's text.
    const auto noise = "\n\n__CURSOR=forged\nMESSAGE=forged\n\n" + std::string(binary, '\0');
    text += "COREDUMP\n";
    for (std::size_t byte = 0; byte < 8; ++byte)
      text += static_cast<char>((noise.size() >> (8 * byte)) & 0xff);
    text += noise + "\n";
  }
  return text + fmt::format("MESSAGE=message {}\n\n", number);
}

struct InPieces {
  std::vector<std::string> messages;
  std::size_t unreadable = 0, held = 0;
};

/// As web::Webhooks takes it: `piece` bytes at a time, no more than `most` held of it.
InPieces in_pieces(std::string_view body, std::size_t piece, std::size_t most) {
  const auto decoder = *webhooks::make_decoder("journal", {});
  const auto cutter = decoder->cutter(most);
  REQUIRE(cutter != nullptr);
  InPieces out;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const auto part = cutter->take(body.substr(at, piece), at + piece >= body.size());
    out.held = std::max(out.held, cutter->held());
    app::Delivery delivery;
    delivery.body = part;
    delivery.beside_good = true;
    const auto decoded = decoder->decode(delivery);
    REQUIRE(decoded.has_value());
    for (const auto& record : decoded->records)
      out.messages.push_back(record.message);
    out.unreadable += decoded->unreadable.size() + cutter->passed_over().size();
  }
  CHECK(cutter->held() == 0);
  return out;
}

std::vector<std::string> messages_of(std::initializer_list<int> numbers) {
  std::vector<std::string> messages;
  for (const auto number : numbers)
    messages.push_back(fmt::format("message {}", number));
  return messages;
}

}  // namespace

TEST_CASE("a journal that comes in pieces is read as if it came whole, wherever it is cut") {
  std::string body;
  for (const int i : {0, 1, 2, 3, 4, 5, 6})
    body += journal_entry(i, i % 3 == 1 ? 70 : 0);
  const auto messages = messages_of({0, 1, 2, 3, 4, 5, 6});
  CHECK(decoded("journal", body).records.size() == messages.size());
  for (std::size_t piece = 1; piece < body.size() + 2; ++piece) {
    CAPTURE(piece);
    const auto read = in_pieces(body, piece, 1 << 20);
    CHECK(read.messages == messages);
    CHECK(read.unreadable == 0);
  }
}

TEST_CASE("a journal's entry that is broken, or larger than may be held, costs no other one and becomes no other one") {
  const auto broken = std::string("__CURSOR=b\nFIELD\n\x02\0\0\0\0\0\0\0abc\nMESSAGE=broken\n\n", 45);
  auto long_text = std::string("__CURSOR=t\nTEXT=") + std::string(3000, 't') + "\nMESSAGE=of a large one\n\n";
  auto many = std::string("__CURSOR=m\n");
  for (int i = 0; i < 500; ++i)
    many += fmt::format("F{}=x\n", i);
  many += "MESSAGE=of many\n\n";
  struct Row {
    std::string name, bad;
  };
  for (const auto& [name, bad] : {
           Row{"broken", broken},
           Row{"too large", journal_entry(70, 5000)},
           Row{"a line too large", long_text},
           Row{"too many fields", many},
           Row{"no journal at all", std::string(3000, 'x') + "\n\n"},
           Row{"a length without end", "__CURSOR=c\nFIELD\n" + std::string(8, '\xff') + std::string(2000, 'y') + "\n"},
       }) {
    CAPTURE(name);
    const auto body =
        journal_entry(1) + journal_entry(2) + bad + journal_entry(3) + journal_entry(4) + bad + journal_entry(5) + bad;
    for (const std::size_t piece : {1, 2, 7, 64, 200, 1500}) {
      CAPTURE(piece);
      const auto read = in_pieces(body, piece, 1000);
      CHECK(read.messages == messages_of({1, 2, 3, 4, 5}));
      CHECK(read.unreadable >= 3);
      CHECK(read.held <= 1000 + piece);
    }
  }
}
