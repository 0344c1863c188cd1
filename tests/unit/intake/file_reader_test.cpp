#include "intake/file_reader.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace countersign;
using namespace countersign::intake;

namespace {

class LogFile {
 public:
  LogFile() : folder_(std::filesystem::temp_directory_path() / ("countersign-tail-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~LogFile() { std::filesystem::remove_all(folder_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  [[nodiscard]] std::string path() const { return (folder_ / "auth.log").string(); }
  void append(const std::string& text) const { std::ofstream(path(), std::ios::app | std::ios::binary) << text; }
  void rotate() const { std::filesystem::rename(path(), path() + ".1"); }
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
  const LogFile log;
  log.append("one\ntwo\r\n  three \nfo");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader) == Texts{"one", "two", "  three "});
  log.append("ur\n\nfive\n");
  CHECK(read_all(reader) == Texts{"four", "", "five"});
  CHECK(read_all(reader).empty());
}

TEST_CASE("from the end, only what comes is read") {
  const LogFile log;
  log.append("old\n");
  FileReader reader(log.path(), std::nullopt, false);
  CHECK(read_all(reader).empty());
  log.append("new\n");
  CHECK(read_all(reader) == Texts{"new"});
}

TEST_CASE("until they are durable, the same lines are given again") {
  const LogFile log;
  log.append("one\n");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(reader.next()->lines.size() == 1);
  CHECK(reader.next()->lines.size() == 1);
}

TEST_CASE("rotation: what is left of the old file comes first") {
  const LogFile log;
  log.append("one\n");
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader) == Texts{"one"});
  log.append("two\n");
  log.rotate();
  log.append("three\n");
  CHECK(read_all(reader) == Texts{"two", "three"});
}

TEST_CASE("rotation while nobody read") {
  const LogFile log;
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

TEST_CASE("truncation begins again") {
  const LogFile log;
  log.append("one\ntwo\n");
  FileReader reader(log.path(), std::nullopt, true);
  read_all(reader);
  log.truncate();
  log.append("a\n");
  CHECK(read_all(reader) == Texts{"a"});
}

TEST_CASE("a file that is not there yet is waited for") {
  const LogFile log;
  FileReader reader(log.path(), std::nullopt, true);
  CHECK(read_all(reader).empty());
  log.append("one\n");
  CHECK(read_all(reader) == Texts{"one"});
}

TEST_CASE("many lines and long ones") {
  const LogFile log;
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + "\n";
  log.append(text + std::string(1'000'000, 'x') + "\nlast\n");
  FileReader reader(log.path(), std::nullopt, true);
  const auto all = read_all(reader);
  REQUIRE(all.size() > 5001);
  CHECK(all[4999] == "4999");
  CHECK(all[5000].size() == 64 * 1024);
  CHECK(all.back() == "last");
}

TEST_CASE("positions are read back, and nothing else is") {
  CHECK(parse_position("12:34")->offset == 34);
  for (const auto* text : {"", "12", "12:", ":3", "12:34x", "-1:2", "99999999999999999999:1"})
    CHECK_FALSE(parse_position(text));
}
