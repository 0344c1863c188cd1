// Loki's range query (grafana.com/docs/loki, "HTTP API", GET /loki/api/v1/query_range): forward, a day at a time, from
// the last entry's nanosecond on, which comes again with those that share it.
#pragma once

#include "base/secret.hpp"
#include "intake/backfill/search.hpp"

namespace countersign::intake {

struct LokiSearchSettings {
  std::string url;
  std::string query;   // LogQL: {job="sshd"}
  std::string tenant;  // X-Scope-OrgID; empty: none
  Secret token;        // as bearer, or with a user
  std::string user;    // set: basic, the token is its password
};

std::unique_ptr<Search> make_loki_search(LokiSearchSettings settings);

}  // namespace countersign::intake
