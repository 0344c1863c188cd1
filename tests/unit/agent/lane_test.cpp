#include "agent/spool/lane.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "unit/agent/folder.hpp"

using namespace countersign;
using namespace countersign::agent;

namespace {

Timestamp at(int second) {
  return Timestamp(std::chrono::seconds(1'763'600'000 + second));
}

Line sighting(int second, std::string text = "") {
  return {at(second), Kind::sighting, text.empty() ? fmt::format("{{\"n\":{}}}", second) : std::move(text)};
}

Lane open_lane(const Folder& folder, Position from = {}, LaneOptions options = {}) {
  auto lane = Lane::open(folder.at("lane"), from, options);
  REQUIRE(lane);
  return std::move(*lane);
}

std::string said(const Taken& taken) {
  std::string text;
  for (const auto& line : taken.lines)
    text += fmt::format("{}{} ", static_cast<char>(line.kind), line.text);
  return text;
}

std::string newest_file(const Folder& folder) {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(folder.at("lane")))
    newest = std::max(newest, entry.path().string());
  return newest;
}

}  // namespace

TEST_CASE("lines are told from what merely looks like one") {
  const Line line{at(1), Kind::sighting, R"({"a":"b c"})"};
  auto text = to_text(line);
  REQUIRE(text.ends_with('\n'));
  text.pop_back();
  const auto back = parse_line(text);
  REQUIRE(back);
  CHECK(back->at == line.at);
  CHECK(back->text == line.text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto bent = text;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    CAPTURE(i);
    CHECK_FALSE(parse_line(bent));
    CHECK_FALSE(parse_line(text.substr(0, i)));
  }
  CHECK(to_text(Line{at(1), Kind::sighting, "a\nb"}).find('\n') == to_text(line).size() - 1 - line.text.size() + 3);
}

TEST_CASE("what is appended is read in order, once, also by the next program") {
  const Folder folder;
  Position next;
  {
    auto lane = open_lane(folder);
    CHECK(lane.empty());
    lane.append(std::vector{sighting(1), sighting(2), sighting(3)});
    const auto two = lane.read({.lines = 2});
    CHECK(said(two) == R"(s{"n":1} s{"n":2} )");
    CHECK(two.more);
    CHECK(two.next_at == at(3));
    lane.release(two);
    next = two.next;
    CHECK(said(lane.read({})) == R"(s{"n":3} )");
  }
  auto lane = open_lane(folder, next);
  CHECK(said(lane.read({})) == R"(s{"n":3} )");
  lane.append(std::vector{sighting(4)});
  CHECK(said(lane.read({})) == R"(s{"n":3} s{"n":4} )");
  CHECK(said(lane.read({.until = at(3)})) == R"(s{"n":3} )");
  CHECK(lane.read({.until = at(3)}).more);
  lane.release(lane.read({}));
  CHECK(lane.empty());
}

TEST_CASE("segments go when they are read, and places stay right across them") {
  const Folder folder;
  Position next;
  {
    auto lane = open_lane(folder, {}, {.segment_bytes = 80});
    for (int i = 1; i <= 9; ++i)
      lane.append(std::vector{sighting(i)});
    for (int i = 1; i <= 7; ++i) {
      const auto one = lane.read({.lines = 1});
      lane.release(one);
      next = one.next;
    }
    CHECK(lane.bytes() < 300);
  }
  auto lane = open_lane(folder, next, {.segment_bytes = 80});
  CHECK(said(lane.read({})) == R"(s{"n":8} s{"n":9} )");
}

TEST_CASE("a read over many segments is released whole") {
  const Folder folder;
  auto lane = open_lane(folder, {}, {.segment_bytes = 80});
  for (int i = 1; i <= 9; ++i)
    lane.append(std::vector{sighting(i)});
  lane.release(lane.read({.lines = 7}));
  CHECK(said(lane.read({})) == R"(s{"n":8} s{"n":9} )");
}

TEST_CASE("a torn end is cut off, wherever it was torn") {
  const Folder folder;
  {
    auto lane = open_lane(folder);
    lane.append(std::vector{sighting(1), sighting(2)});
  }
  const auto file = newest_file(folder);
  const auto whole = slurp(file);
  const auto first = whole.find('\n') + 1;
  for (std::size_t length = first; length < whole.size(); ++length) {
    CAPTURE(length);
    spill(file, whole.substr(0, length));
    auto lane = open_lane(folder);
    CHECK(said(lane.read({})) == R"(s{"n":1} )");
    lane.append(std::vector{sighting(3)});
    CHECK(said(lane.read({})) == R"(s{"n":1} s{"n":3} )");
  }
}

TEST_CASE("a line that rotted is counted as one that was lost") {
  const Folder folder;
  {
    auto lane = open_lane(folder);
    lane.append(std::vector{sighting(1), sighting(2), sighting(3)});
  }
  const auto file = newest_file(folder);
  auto text = slurp(file);
  text[text.find("\"n\":2") + 4] = '7';
  spill(file, text);
  auto lane = open_lane(folder);
  CHECK(said(lane.read({})) == R"(s{"n":1} l1 0 the spool was damaged s{"n":3} )");
}

TEST_CASE("the oldest segment gives way to its number") {
  const Folder folder;
  {
    auto lane = open_lane(folder, {}, {.segment_bytes = 80});
    for (int i = 1; i <= 8; ++i)
      lane.append(std::vector{sighting(i)});
    lane.release(lane.read({.lines = 1}));  // what was read is not lost
    CHECK(lane.drop_oldest());
    CHECK(said(lane.read({})).starts_with("d1 0 the spool was full s{\"n\":3}"));
    CHECK(lane.drop_oldest());
    CHECK(said(lane.read({})).starts_with("d3 0 the spool was full s{\"n\":5}"));
    CHECK(lane.read({}).lines.front().at == at(4));
  }
  auto lane = open_lane(folder, {}, {.segment_bytes = 80});
  CHECK(said(lane.read({})) == "d3 0 the spool was full s{\"n\":5} s{\"n\":6} s{\"n\":7} s{\"n\":8} ");
  lane.release(lane.read({.lines = 1}));
  CHECK(said(lane.read({.lines = 1})) == R"(s{"n":5} )");
  while (lane.drop_oldest()) {
  }
  lane.append(std::vector{sighting(9)});
  CHECK(said(lane.read({})).ends_with(R"(s{"n":9} )"));
}

TEST_CASE("a drop that a crash cut short is read as the drop") {
  const Folder folder;
  {
    auto lane = open_lane(folder, {}, {.segment_bytes = 80});
    for (int i = 1; i <= 4; ++i)
      lane.append(std::vector{sighting(i)});
  }
  std::string oldest = newest_file(folder);
  for (const auto& entry : std::filesystem::directory_iterator(folder.at("lane")))
    oldest = std::min(oldest, entry.path().string());
  auto text = slurp(oldest);
  const auto stands = to_text(Line{at(2), Kind::dropped, "2 0 the spool was full"});
  spill(oldest, stands + text.substr(stands.size()));  // written, not yet shortened
  auto lane = open_lane(folder, {}, {.segment_bytes = 80});
  CHECK(said(lane.read({})) == "d2 0 the spool was full s{\"n\":3} s{\"n\":4} ");
}

TEST_CASE("lines with places: what follows the newest place is forgotten, its source has it still") {
  const Folder folder;
  {
    auto lane = open_lane(folder);
    lane.append(std::vector{sighting(1), {at(1), Kind::place, "one"}, sighting(2), {at(2), Kind::place, "two"}});
    lane.append(std::vector{sighting(3)});
    const auto one = lane.read({.lines = 1});
    CHECK(said(one) == R"(s{"n":1} pone )");
  }
  auto lane = open_lane(folder);
  REQUIRE(lane.cut_to_place());
  CHECK(lane.last_place() == "two");
  CHECK(said(lane.read({})) == R"(s{"n":1} pone s{"n":2} ptwo )");
  lane.append(std::vector{sighting(4)});
  CHECK(said(lane.read({})).ends_with(R"(ptwo s{"n":4} )"));
}
