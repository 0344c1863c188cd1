#include "intake/file_reader.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace countersign;
using namespace countersign::intake;

namespace {

class Log {
 public:
  Log() : folder_(std::filesystem::temp_directory_path() / ("countersign-tail-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Log() { std::filesystem::remove_all(folder_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  [[nodiscard]] std::string path(const std::string& suffix = "") const {
    return (folder_ / ("auth.log" + suffix)).string();
  }
  void append(const std::string& text, const std::string& suffix = "") const {
    std::ofstream(path(suffix), std::ios::app | std::ios::binary) << text;
  }
  /// As logrotate: .1 becomes .2, and so on.
  void rotate() const {
    for (int i = 8; i >= 1; --i)
      for (const std::string zipped : {"", ".gz"}) {
        const auto from = "." + std::to_string(i) + zipped;
        if (std::filesystem::exists(path(from)))
          std::filesystem::rename(path(from), path("." + std::to_string(i + 1) + zipped));
      }
    std::filesystem::rename(path(), path(".1"));
  }
  void copytruncate() const {
    std::filesystem::copy_file(path(), path(".1"));
    truncate();
  }
  void gzip(const std::string& suffix) const {
    REQUIRE(std::system(("gzip -f '" + path(suffix) + "'").c_str()) == 0);  // NOLINT: a fixed command of the test's own
  }
  void truncate() const { std::filesystem::resize_file(path(), 0); }

 private:
  std::filesystem::path folder_;
};

/// All that is new, in the reader's own steps.
std::vector<std::string> read_all(FileReader& reader) {
  std::vector<std::string> all;
  while (true) {
    const auto lines = reader.next();
    REQUIRE(lines);
    for (const auto& line : lines->lines)
      all.push_back(line.text);
    if (!lines->lines.empty()) reader.advance(lines->next);
    if (!lines->more && lines->lines.empty()) return all;
  }
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines are taken whole, and once") {
  const Log log;
  log.append("one\ntwo\r\n  three \nfo");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader) == Texts{"one", "two", "  three "});
  log.append("ur\n\nfive\n");
  CHECK(read_all(reader) == Texts{"four", "", "five"});
  CHECK(read_all(reader).empty());
}

TEST_CASE("from the end, only what comes is read") {
  const Log log;
  log.append("old\n");
  FileReader reader(log.path(), std::nullopt, false);
  CHECK(read_all(reader).empty());
  log.append("new\n");
  CHECK(read_all(reader) == Texts{"new"});
}

TEST_CASE("until they are durable, the same lines are given again") {
  const Log log;
  log.append("one\n");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(reader.next()->lines.size() == 1);
  CHECK(reader.next()->lines.size() == 1);
}

TEST_CASE("rotation: what is left of the old file comes first") {
  const Log log;
  log.append("one\n");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader) == Texts{"one"});
  log.append("two\n");
  log.rotate();
  log.append("three\n");
  CHECK(read_all(reader) == Texts{"two", "three"});
}

TEST_CASE("rotation while nobody read") {
  const Log log;
  log.append("one\n");
  Position position;
  {
    FileReader reader(log.path(), std::nullopt, true);
    const auto lines = reader.next();
    position = lines->next;
  }
  log.append("two\n");
  log.rotate();
  log.append("three\n");
  FileReader reader(log.path(), parse_position(to_text(position)), false);
  CHECK(read_all(reader) == Texts{"two", "three"});
}

namespace {

/// Reads what is there, and gives the position a restart would go on from.
std::optional<Position> read_and_end(const Log& log, const Texts& expected) {
  FileReader reader(log.path(), std::nullopt, true);
  Texts all;
  Position at;
  while (true) {
    const auto lines = reader.next();
    REQUIRE(lines);
    at = lines->next;
    if (lines->lines.empty() && !lines->more) break;
    for (const auto& line : lines->lines)
      all.push_back(line.text);
    reader.advance(lines->next);
  }
  CHECK(all == expected);
  return parse_position(to_text(at));
}

}  // namespace

TEST_CASE("what happens to the file while nobody reads") {
  const Log log;
  log.append("one\ntwo\n");
  const auto position = read_and_end(log, {"one", "two"});
  log.append("three\n");
  Texts expected{"three", "four"};
  SUBCASE("nothing") {
    log.append("four\n");
  }
  SUBCASE("renamed") {
    log.rotate();
    log.append("four\n");
  }
  SUBCASE("renamed, and no new one yet") {
    log.rotate();
    expected = {"three"};
  }
  SUBCASE("renamed twice") {
    log.rotate();
    log.append("four\n");
    log.rotate();
    log.append("five\n");
    expected = {"three", "four", "five"};
  }
  SUBCASE("renamed five times, some of them empty") {
    for (const auto* text : {"four\n", "", "five\n", "", "six\n"}) {
      log.rotate();
      log.append(text);
    }
    expected = {"three", "four", "five", "six"};
  }
  SUBCASE("renamed and compressed") {
    log.rotate();
    log.append("four\n");
    log.gzip(".1");
  }
  SUBCASE("renamed twice, all compressed") {
    log.rotate();
    log.append("four\n");
    log.gzip(".1");
    log.rotate();
    log.append("five\n");
    log.gzip(".1");
    expected = {"three", "four", "five"};
  }
  SUBCASE("by date") {
    std::filesystem::rename(log.path(), log.path("-20261124"));
    log.append("four\n");
    std::filesystem::rename(log.path(), log.path("-20261125"));
    log.gzip("-20261124");
    log.append("five\n");
    expected = {"three", "four", "five"};
  }
  SUBCASE("copied and truncated") {
    log.copytruncate();
    log.append("four\n");
  }
  SUBCASE("copied, truncated, compressed, and longer again") {
    log.copytruncate();
    log.gzip(".1");
    log.append("four, which is much longer than what was there\n");
    expected.back() = "four, which is much longer than what was there";
  }
  SUBCASE("copied to another inode, as editors do") {
    std::filesystem::copy_file(log.path(), log.path(".new"));
    std::filesystem::rename(log.path(".new"), log.path());
    log.append("four\n");
  }
  SUBCASE("removed and made anew: what was not read is gone") {
    std::filesystem::remove(log.path());
    log.append("four\n");
    expected = {"four"};
  }
  SUBCASE("rotated files that are older than our place are not read") {
    log.append("older\n", ".3");
    log.append("older\n", ".2.gz.bak");
    log.rotate();
    log.append("four\n");
  }
  SUBCASE("a last line without an end, in a file that gets no more") {
    log.append("thr");
    log.rotate();
    log.append("four\n");
    expected = {"three", "thr", "four"};
  }
  SUBCASE("a damaged one does not stop the rest") {
    log.rotate();
    log.append("four\n");
    log.gzip(".1");
    std::filesystem::resize_file(log.path(".1.gz"), std::filesystem::file_size(log.path(".1.gz")) - 6);
  }
  FileReader reader(log.path(), position, false);
  CHECK(read_all(reader) == expected);
  CHECK(read_all(reader).empty());
}

TEST_CASE("what happens to the file while it is read") {
  const Log log;
  log.append("one\n");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader) == Texts{"one"});
  SUBCASE("renamed, and still written to until the new one is") {
    log.rotate();
    CHECK(read_all(reader).empty());
    log.append("two\n", ".1");
    log.append("");  // made, nothing in it
    CHECK(read_all(reader) == Texts{"two"});
    log.append("three\n", ".1");
    log.append("four\n");
    CHECK(read_all(reader) == Texts{"three", "four"});
  }
  SUBCASE("renamed twice between two looks") {
    log.append("two\n");
    log.rotate();
    log.append("three\n");
    log.rotate();
    log.append("four\n");
    CHECK(read_all(reader) == Texts{"two", "three", "four"});
  }
  SUBCASE("copied and truncated between two looks") {
    log.append("two\n");
    log.copytruncate();
    log.append("3\n");
    CHECK(read_all(reader) == Texts{"two", "3"});
  }
  SUBCASE("truncated and longer again") {
    log.truncate();
    log.append("two, longer than what was there\n");
    CHECK(read_all(reader) == Texts{"two, longer than what was there"});
  }
  SUBCASE("removed and made anew") {
    log.append("two\n");
    std::filesystem::remove(log.path());
    log.append("three\n");
    CHECK(read_all(reader) == Texts{"two", "three"});
  }
  SUBCASE("compressed while it is read") {
    log.append("two\n");
    log.rotate();
    log.gzip(".1");
    log.append("three\n");
    CHECK(read_all(reader) == Texts{"two", "three"});
  }
}

TEST_CASE("a symbolic link led to the next file") {
  const Log log;
  const auto lead_to = [&](const std::string& suffix) {
    std::filesystem::remove(log.path());
    std::filesystem::create_symlink(log.path(suffix), log.path());
  };
  log.append("one\n", "_monday");
  lead_to("_monday");
  const auto position = read_and_end(log, {"one"});
  FileReader live(log.path(), position, false);
  CHECK(read_all(live).empty());
  log.append("two\n", "_monday");
  log.append("three\n", "_tuesday");
  lead_to("_tuesday");
  CHECK(read_all(live) == Texts{"two", "three"});
  FileReader later(log.path(), position, false);
  CHECK(read_all(later) == Texts{"two", "three"});
}

TEST_CASE("what may have been lost is said, and nothing else is") {
  const Log log;
  log.append("one\n");
  const auto position = read_and_end(log, {"one"});
  log.rotate();
  log.append("two\n");
  SUBCASE("it is all there") {
    FileReader reader(log.path(), position, false);
    CHECK(reader.next()->lost.empty());
  }
  SUBCASE("the file it stood in is gone") {
    std::filesystem::remove(log.path(".1"));
    FileReader reader(log.path(), position, false);
    CHECK(reader.next()->lost ==
          "the file it had read was truncated or is gone; what was in it after byte 4 is lost, if "
          "there was anything");
  }
  SUBCASE("a rotated file is damaged") {
    log.gzip(".1");
    std::filesystem::resize_file(log.path(".1.gz"), std::filesystem::file_size(log.path(".1.gz")) - 6);
    FileReader reader(log.path(), position, false);
    CHECK(reader.next()->lost == log.path(".1.gz") + " is damaged or cut; what was in it after byte 4 is lost");
  }
}

TEST_CASE("a file that can't be opened is a fault, and once it can it goes on") {
  const Log log;
  log.append("one\n");
  const auto position = read_and_end(log, {"one"});
  log.append("two\n");
  log.rotate();
  std::filesystem::create_directory(log.path());  // root may read every file, but nobody a folder
  FileReader reader(log.path(), position, false);
  const auto left = reader.next();
  REQUIRE(left);
  CHECK(left->lines.at(0).text == "two");
  reader.advance(left->next);
  CHECK(reader.next().error().fault == Fault::unavailable);
  CHECK(reader.next().error().fault == Fault::unavailable);
  std::filesystem::remove(log.path());
  log.append("three\n");
  CHECK(read_all(reader) == Texts{"three"});
}

TEST_CASE("truncation begins again") {
  const Log log;
  log.append("one\ntwo\n");
  FileReader reader(log.path(), std::nullopt, true);
  read_all(reader);
  log.truncate();
  log.append("a\n");
  CHECK(read_all(reader) == Texts{"a"});
}

TEST_CASE("a file that is not there yet is waited for, and all of it is new") {
  const Log log;
  bool from_start = false;
  SUBCASE("from its start") {
    from_start = true;
  }
  SUBCASE("from its end") {}
  FileReader reader(log.path(), std::nullopt, from_start);
  CHECK(read_all(reader).empty());
  log.append("one\n");
  CHECK(read_all(reader) == Texts{"one"});
}

TEST_CASE("from the end, a line that is being written is read whole") {
  const Log log;
  log.append("old\nnew, but not yet who");
  FileReader reader(log.path(), std::nullopt, false);
  CHECK(read_all(reader).empty());
  log.append("le\n");
  CHECK(read_all(reader) == Texts{"new, but not yet whole"});
}

TEST_CASE("many lines and long ones") {
  const Log log;
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + "\n";
  // What follows within a long line is not read as a line of its own, wherever a chunk ends.
  log.append(text + std::string(256 * 1024, 'x') + "forged" + std::string(1'000'000, 'y') + "\nlast\n");
  FileReader reader(log.path(), std::nullopt, true);
  const auto all = read_all(reader);
  REQUIRE(all.size() == 5002);
  CHECK(all[4999] == "4999");
  CHECK(all[5000] == std::string(64 * 1024, 'x'));
  CHECK(all.back() == "last");
}

TEST_CASE("a long line that is being written is left until it has an end, and its loss is counted") {
  const Log log;
  FileReader reader(log.path(), std::nullopt, true);
  read_all(reader);
  for (int i = 0; i < 40; ++i) {
    log.append(std::string(50'000, 'x'));
    CHECK(read_all(reader).empty());
  }
  log.append("\nnext\n");
  const auto lines = reader.next();
  REQUIRE(lines);
  REQUIRE(lines->lines.size() == 1);
  CHECK(lines->lines[0].left_out == 40 * 50'000 - 64 * 1024);
  reader.advance(lines->next);
  CHECK(read_all(reader) == Texts{"next"});
}

TEST_CASE("bytes are kept as they are") {
  const Log log;
  const std::string odd("a\0b\xff\xfe\r\x1b[2J", 10);
  log.append(odd + "\n");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader) == Texts{odd});
}

TEST_CASE("positions are read back, and nothing else is") {
  CHECK(parse_position("12:34")->offset == 34);
  const auto whole = parse_position("12:34:20:0123456789abcdef");
  REQUIRE(whole);
  CHECK(to_text(*whole) == "12:34:20:0123456789abcdef");
  for (const auto* text : {"", "12", "12:", ":3", "12:34x", "-1:2", "99999999999999999999:1", "12:34:", "12:34:20",
                           "12:34:20:", "12:34:20:abc", "12:34:2000:0123456789abcdef"})
    CHECK_FALSE(parse_position(text));
}
