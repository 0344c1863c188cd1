// The API without a server: for the operator's commands where none runs. Opens the store itself, so a server that does
// run refuses it. Blocking; one thread.
#pragma once

#include "main/config/config.hpp"
#include "net/http.hpp"

namespace countersign::cli {

/// One request to the site, as a server would answer it. What it owes to people is written, and delivered once a server
/// runs. Errors are the store's: it is open elsewhere, it can't be read.
Result<net::Response> answer_alone(const Config& config, net::Request request);

}  // namespace countersign::cli
