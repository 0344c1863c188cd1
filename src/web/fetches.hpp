// What decoders must know from elsewhere: GETs by the HTTP client, their answers kept for those who may take an older
// one. Safe for concurrent access; `done` runs inline where nothing is to fetch, else on the client's loop.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "app/decoder.hpp"
#include "base/clock.hpp"
#include "net/client.hpp"

namespace countersign::web {

class Fetches {
 public:
  using Done = std::move_only_function<void(Result<std::vector<app::Fetched>>)>;

  /// `client` may be null: then nothing can be fetched. Both must outlive this.
  Fetches(net::Client* client, const Clock& clock) : client_(client), clock_(clock) {}

  /// All of them or Fault::unavailable; Fault::overloaded where too many are under way.
  void get(std::vector<app::Fetch> wanted, Done done);

  static constexpr std::size_t most_under_way = 16;
  static constexpr std::size_t most_kept = 64;
  static constexpr std::size_t longest_answer = 256 * 1024;

 private:
  struct Errand;
  void go_on(std::shared_ptr<Errand> errand);
  [[nodiscard]] const app::Fetched* kept(const app::Fetch& wanted) const;
  void keep(const app::Fetched& answer);
  void end(Errand& errand, Result<void> result);

  net::Client* const client_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the rest
  std::map<std::string, app::Fetched> kept_;
  std::size_t under_way_ = 0;
};

}  // namespace countersign::web
