#include "base/encoding.hpp"

#include <doctest/doctest.h>

namespace countersign {
namespace {

using namespace std::string_literals;

std::string every_byte() {
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  return all;
}

TEST_CASE("hex") {
  CHECK(to_hex("\x00\x7F\xFF"s) == "007fff");
  CHECK(from_hex("007FfF") == "\x00\x7F\xFF"s);
  CHECK(from_hex(to_hex(every_byte())) == every_byte());
  CHECK(from_hex("") == "");
  for (const std::string_view text : {"0", "0g", "g0", "0x", " 0", "00 ", "-1", "\xFF\xFF"}) {
    CAPTURE(text);
    CHECK_FALSE(from_hex(text));
  }
}

TEST_CASE("base64, RFC 4648 section 10") {
  const struct {
    std::string_view bytes;
    std::string_view padded;
    std::string_view bare;
  } table[] = {{"", "", ""},
               {"f", "Zg==", "Zg"},
               {"fo", "Zm8=", "Zm8"},
               {"foo", "Zm9v", "Zm9v"},
               {"foob", "Zm9vYg==", "Zm9vYg"},
               {"fooba", "Zm9vYmE=", "Zm9vYmE"},
               {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
               {"\xFB\xFF\xBF", "+/+/", "-_-_"}};
  for (const auto& row : table) {
    CHECK(to_base64(row.bytes) == row.padded);
    CHECK(to_base64url(row.bytes) == row.bare);
    CHECK(from_base64(row.padded) == row.bytes);
    CHECK(from_base64(row.bare) == row.bytes);
  }
  CHECK(from_base64(to_base64(every_byte())) == every_byte());
  CHECK(from_base64(to_base64url(every_byte())) == every_byte());
}

TEST_CASE("what is no base64 is refused") {
  for (const std::string_view text : {"Z", "Zg=", "Zg===", "=", "==", "Zm9=", "Zm8==", "Z=g=", "Zm9v====", "Zm9v=",
                                      "Zm 9v", "Zm9v\n", "Zh==", "Zm9", "Zm9vY!", "\xC3\xA9\xC3\xA9", "Zm9v%3D"}) {
    CAPTURE(text);
    const auto bytes = from_base64(text);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().fault == Fault::invalid);
  }
  CHECK_FALSE(from_base64("Zm\0v"s));
}

TEST_CASE("percent escapes") {
  CHECK(to_percent("AZaz09-._~") == "AZaz09-._~");
  CHECK(to_percent("a b&c=d/?#[]@%+\"<>\n\xC3\xA9"s) == "a%20b%26c%3Dd%2F%3F%23%5B%5D%40%25%2B%22%3C%3E%0A%C3%A9");
  CHECK(from_form(to_percent(every_byte())) == every_byte());
  CHECK(from_form("a+b%2Bc%2b%00") == "a b+c+\0"s);
  for (const std::string_view text : {"%", "%4", "a%4", "%zz", "%4z", "%-1", "%%41", "%u0041", "% 41"}) {
    CAPTURE(text);
    CHECK_FALSE(from_form(text));
  }
}

TEST_CASE("values of a form") {
  const struct {
    std::string_view form;
    std::string_view name;
    std::optional<std::string> value;
  } table[] = {
      {"payload=%7B%7D", "payload", "{}"},
      {"a=1&payload=x+y&payload=z", "payload", "x y"},
      {"payload=a=b", "payload", "a=b"},
      {"payload=", "payload", ""},
      {"payload", "payload", ""},
      {"p%61yload=1", "payload", "1"},
      {"&&&a=1&", "a", "1"},
      {"", "a", std::nullopt},
      {"", "", std::nullopt},
      {"ab=1", "a", std::nullopt},
      {"a=%zz", "a", std::nullopt},
      {"%zz=1&a=2", "a", "2"},
      {"A=1", "a", std::nullopt},
      {"a=1;b=2", "b", std::nullopt},
  };
  for (const auto& row : table) {
    CAPTURE(row.form);
    CHECK(form_value(row.form, row.name) == row.value);
  }
}

TEST_CASE("a form of a million pairs costs a thousand") {
  std::string form;
  for (int i = 0; i < 999; ++i)
    form += "x=1&";
  CHECK(form_value(form + "a=last", "a") == "last");
  CHECK_FALSE(form_value(form + "x=1&a=beyond", "a"));
}

}  // namespace
}  // namespace countersign
