// One-time links into the inbox: made by the security team's tokens, used once, short-lived. Only the digest is kept.
// Safe for concurrent access.
#pragma once

#include <functional>
#include <string>

#include "app/store.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace countersign::web {

struct LinkWanted {
  std::string person;     // a configured name; may be empty for the security team's
  bool security = false;  // sees and decides for the security team
  std::string made_by;    // the token's name, for the audit; and whom a nameless link acts as
};

struct Link {
  std::string url;
  Timestamp expires{};
};

class Links {
 public:
  Links(app::Store& store, const Clock& clock, Random& random, std::function<std::string()> public_url)
      : store_(store), clock_(clock), random_(random), public_url_(std::move(public_url)) {}

  /// `done` is called once, when the link is durable.
  void make(LinkWanted wanted, std::move_only_function<void(Result<Link>)> done) const;

  static constexpr auto lifetime = std::chrono::hours(1);

 private:
  app::Store& store_;
  const Clock& clock_;
  Random& random_;
  const std::function<std::string()> public_url_;
};

}  // namespace countersign::web
