#include "chat/slack/manifest.hpp"
#include "source_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

using namespace countersign::chat::slack;

namespace {

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Every Web API method that stands as a text in the sources of this program, but for the table itself.
std::set<std::string> methods_in_sources() {
  const std::regex method(R"re("((?:apps|auth|chat|conversations|files|users|views)\.[A-Za-z.]+)")re");
  std::set<std::string> found;
  for (const auto* folder : {"/src/chat", "/src/main"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(COUNTERSIGN_SOURCE) + folder)) {
      if (entry.path().extension() != ".cpp" || entry.path().filename() == "manifest.cpp") continue;
      const auto text = slurp(entry.path());
      for (std::sregex_iterator at(text.begin(), text.end(), method), end; at != end; ++at)
        found.insert((*at)[1]);
    }
  return found;
}

}  // namespace

TEST_CASE("every method that the sources call is in the table, and its scopes in the manifest") {
  const auto called = methods_in_sources();
  for (const auto& method : methods()) {
    CAPTURE(method.name);
    CHECK(called.contains(std::string(method.name)));  // a scope that nothing needs is asked of nobody
  }
  CHECK(called.contains("chat.postMessage"));
  CHECK(called.contains("views.publish"));
  const auto app = manifest("https://countersign.example.com");
  const auto scopes = app["oauth_config"]["scopes"]["bot"].get<std::set<std::string>>();
  for (const auto& name : called) {
    CAPTURE(name);
    const auto row = std::ranges::find(methods(), name, &Method::name);
    REQUIRE(row != methods().end());
    for (const auto scope : row->scopes)
      CHECK(scopes.contains(std::string(scope)));
  }
}

TEST_CASE("what a token's scopes lack of the manifest's is named") {
  CHECK(lacking_scopes(
            "channels:history,chat:write,commands,groups:history,im:history,im:write,users:read,users:read.email")
            .empty());
  CHECK(lacking_scopes("chat:write, commands, groups:history, im:history, channels:history, im:write, files:read") ==
        "users:read, users:read.email");
  CHECK(lacking_scopes("chat:writes").find("chat:write") != std::string::npos);
}

TEST_CASE("the manifests in deploy are the generated ones") {
  const std::string deploy = std::string(COUNTERSIGN_SOURCE) + "/deploy/";
  CHECK(slurp(deploy + "slack-manifest.json") == manifest("https://countersign.example.com").dump(2) + "\n");
  CHECK(slurp(deploy + "slack-manifest-socket.json") == manifest("").dump(2) + "\n");
}

TEST_CASE("by HTTP every way in has its address, by socket none has") {
  const auto http = manifest("https://x.example").dump();
  for (const auto* path : {"/slack/interactivity", "/slack/commands", "/slack/events"})
    CHECK(http.find(std::string("https://x.example") + path) != std::string::npos);
  const auto socket = manifest("");
  CHECK(socket["settings"]["socket_mode_enabled"] == true);
  CHECK(socket.dump().find("url") == std::string::npos);
}
