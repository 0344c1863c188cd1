#include "chat/pager/head_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace countersign::chat {
namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("countersign-heads-" + std::to_string(::getpid()));
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string file() const { return (path / "heads.jsonl").string(); }
  [[nodiscard]] std::string text() const {
    std::ifstream in(file(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void put(std::string_view text) const { std::ofstream(file(), std::ios::binary) << text; }
};

TEST_CASE("lines are appended, each once, whatever a crash left") {
  const Folder folder;
  const struct {
    const char *there, *line, *after;
  } cases[] = {
      {"", "{\"n\":1}", "{\"n\":1}\n"},
      {"{\"n\":1}\n", "{\"n\":2}", "{\"n\":1}\n{\"n\":2}\n"},
      {"{\"n\":1}\n", "{\"n\":1}", "{\"n\":1}\n"},                        // it was there and nobody knew
      {"{\"n\":1}\n{\"n\":2}\n", "{\"n\":2}", "{\"n\":1}\n{\"n\":2}\n"},  // the last of several
      {"{\"n\":1}\n{\"n\":2}\n", "{\"n\":1}", "{\"n\":1}\n{\"n\":2}\n{\"n\":1}\n"},
      {"{\"n\":1}\n{\"n\":", "{\"n\":2}", "{\"n\":1}\n{\"n\":\n{\"n\":2}\n"},  // cut in the middle
      {"{\"n\":1}", "{\"n\":1}", "{\"n\":1}\n{\"n\":1}\n"},                    // cut before its end
      {"x{\"n\":1}\n", "{\"n\":1}", "x{\"n\":1}\n{\"n\":1}\n"},                // the end of another line
  };
  for (const auto& row : cases) {
    CAPTURE(row.there);
    folder.put(row.there);
    CHECK_FALSE(append_line(folder.file(), row.line));
    CHECK(folder.text() == row.after);
  }
}

TEST_CASE("a file that others may not read is made, and what can't be written says why") {
  const Folder folder;
  CHECK_FALSE(append_line(folder.file(), "{}"));
  struct stat about{};
  REQUIRE(::stat(folder.file().c_str(), &about) == 0);
  CHECK((about.st_mode & 0007) == 0);
  const auto nowhere = append_line((folder.path / "none/heads.jsonl").string(), "{}");
  REQUIRE(nowhere);
  CHECK(nowhere->find("can't open") == 0);
  CHECK(nowhere->find("No such file or directory") != std::string::npos);
  CHECK(append_line("/dev/full", "{}")->find("can't append to") == 0);
}

}  // namespace
}  // namespace countersign::chat
