// Papertrail's search (papertrail.com/help/search-api; papertrail/papertrail-cli, Connection#each_event): forward with
// tail=false, from min_time at first and from the last answer's max_id afterwards, until reached_end. An answer that
// hit the record or time limit has max_id to go on from, with events or without.
#pragma once

#include "base/secret.hpp"
#include "intake/backfill/search.hpp"

namespace countersign::intake {

struct PapertrailSearchSettings {
  std::string url = "https://papertrailapp.com";
  Secret token;
  std::string query, group, system;  // narrow it; empty: everything
};

std::unique_ptr<Search> make_papertrail_search(PapertrailSearchSettings settings);

}  // namespace countersign::intake
