#include "intake/backfill/search.hpp"

#include "base/text.hpp"

namespace countersign::intake {

Error Search::refusal(const net::Response& response) const {
  const auto said = one_line(response.body, 200);
  const auto fault = response.status == 401 || response.status == 403 ? Fault::unauthorized
                     : response.status == 429                         ? Fault::overloaded
                     : response.status >= 500                         ? Fault::unavailable
                                                                      : Fault::invalid;
  const auto* mend = fault == Fault::unauthorized ? "; look at the credentials of this [backfill]" : "";
  return {fault, fmt::format("the provider answered {}: {}{}", response.status, said, mend)};
}

}  // namespace countersign::intake
