// What an operator may leave where a file should be: a folder, a pipe nobody writes to, a link to nothing. Each is a
// fault with its place, at once; nothing throws, nothing waits.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "main/policy.hpp"
#include "unit/main/config_folder.hpp"

using namespace countersign;
using namespace countersign::cli;

namespace {

struct Thing {
  const char* name;
  std::function<void(const std::string& path)> put;
  const char* says;
};

const Thing things[] = {
    {"folder", [](const std::string& path) { std::filesystem::create_directories(path); }, "it is a folder"},
    {"pipe", [](const std::string& path) { REQUIRE(mkfifo(path.c_str(), 0600) == 0); }, "it is a pipe"},
    {"dangling link", [](const std::string& path) { std::filesystem::create_symlink("nowhere", path); },
     "No such file or directory"},
    {"device", [](const std::string& path) { std::filesystem::create_symlink("/dev/zero", path); }, "it is a device"},
    {"unreadable",
     [](const std::string& path) {
       std::ofstream(path) << "x = 1";
       std::filesystem::permissions(path, std::filesystem::perms::none);
     },
     "Permission denied"},
    {"longer than any",
     [](const std::string& path) {
       std::ofstream(path) << "x";
       std::filesystem::resize_file(path, 1 << 30);
     },
     "it is longer than"},
};

struct Place {
  const char* file;        // that the thing takes the place of
  const char* text;        // of the configuration
  const char* fault_file;  // where the fault is
  int line;
};

const Place places[] = {
    {"people.d/f.toml", "[people]\ndirectory = \"people.d\"", "people.d/f.toml", 1},
    {"rules/f.toml", "[rules]\ndirectories = [\"rules\"]", "rules/f.toml", 1},
    {"secret", "[webhook.x]\nprovider = \"json\"\ntoken_file = \"secret\"", "c.toml", 3},
    {"secret", "[[api_token]]\nname = \"t\"\nrole = \"admin\"\ntoken_file = [\"token\", \"secret\"]", "c.toml", 4},
    {"keys", "[webhook.x]\nprovider = \"pubsub\"\naudience = \"a\"\nemail = \"e\"\nkeys_file = \"keys\"", "c.toml", 5},
    {"ca.pem", "[[export]]\nname = \"x\"\nurl = \"https://x\"\nsecret_file = \"token\"\nca_file = \"ca.pem\"", "c.toml",
     5},
    {"k.pem", "[server]\ntls_certificate = \"token\"\ntls_private_key = \"k.pem\"", "c.toml", 3},
};

}  // namespace

TEST_CASE("what is no file is a fault where it is named") {
  for (const auto& thing : things) {
    if (std::string_view(thing.name) == "unreadable" && geteuid() == 0) continue;  // root reads anything
    for (const auto& place : places) {
      CAPTURE(thing.name);
      CAPTURE(place.text);
      const Folder folder;
      folder.make_folder("rules");
      thing.put(folder.at(place.file));
      const auto made = make_policy(folder.load(place.text));
      CHECK_FALSE(made.policy);
      const auto found = std::ranges::find_if(
          made.problems, [&](const Problem& problem) { return !problem.warning && problem.text.contains(thing.says); });
      REQUIRE(found != made.problems.end());
      CHECK(found->file == folder.at(place.fault_file));
      CHECK(found->line == place.line);
    }
  }
}

TEST_CASE("a configuration that is no file is a fault of its own") {
  for (const auto& thing : things) {
    if (std::string_view(thing.name) == "unreadable" && geteuid() == 0) continue;
    CAPTURE(thing.name);
    const Folder folder;
    thing.put(folder.at("c.toml"));
    const auto problems = load_config(folder.at("c.toml")).problems;
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].file == folder.at("c.toml"));
    CHECK(problems[0].text.contains(thing.says));
  }
}

TEST_CASE("a time zone that is a folder of them is none") {
  const auto loaded = Folder().load("[tail.x]\njournal = true\ntimezone = \"Europe\"");
  CHECK(std::ranges::any_of(loaded.problems, [](const Problem& problem) {
    return problem.line == 3 && problem.text.contains("is no time zone");
  }));
}
