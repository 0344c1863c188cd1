#include "web/router.hpp"

#include <doctest/doctest.h>

using countersign::web::Router;

TEST_CASE("a router finds the pattern, what stands for its segments, and the methods a path has") {
  Router router;
  const auto nothing = [](const auto&, const auto&, const auto&) {};
  for (const auto& [method, pattern] : {std::pair("GET", "/"), std::pair("GET", "/a/:"), std::pair("POST", "/a/:/b"),
                                        std::pair("POST", "/a/:"), std::pair("GET", "/a/fixed/c")})
    router.add(method, pattern, nothing);

  struct Row {
    std::string method, path;
    bool found;
    std::vector<std::string> segments;
    std::string allow;
  };
  for (const auto& row : {
           Row{"GET", "/", true, {}, ""},
           Row{"GET", "/a/1", true, {"1"}, ""},
           Row{"POST", "/a/1/b", true, {"1"}, ""},
           Row{"GET", "/a/fixed/c", true, {}, ""},
           Row{"GET", "/a", false, {}, ""},
           Row{"GET", "/a/", false, {}, ""},
           Row{"GET", "/a//b", false, {}, ""},
           Row{"GET", "/a/1/b", false, {}, "POST"},
           Row{"DELETE", "/a/1", false, {}, "GET, POST"},
           Row{"GET", "", false, {}, ""},
       }) {
    CAPTURE(row.method + " " + row.path);
    const auto match = router.find(row.method, row.path);
    CHECK((match.action != nullptr) == row.found);
    CHECK(match.segments == row.segments);
    CHECK(match.allow == row.allow);
  }
}
