// Which action answers a method and path. Patterns are literal segments and ":" for any one segment, handed over in
// order. Built once, then safe for concurrent access.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace countersign::web {

using Action = std::function<void(net::Request, std::vector<std::string> segments, net::Respond)>;

class Router {
 public:
  void add(std::string method, std::string pattern, Action action);

  struct Match {
    const Action* action = nullptr;     // null: nothing answers
    std::vector<std::string> segments;  // what stands for each ":"
    std::string allow;                  // methods the path has, where only the method is wrong: "GET, POST"
  };
  [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method, pattern;
    Action action;
  };
  std::vector<Route> routes_;
};

}  // namespace countersign::web
