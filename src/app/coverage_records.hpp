// The facet of the store port about witnesses' attention. Ledger and View both offer it.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "core/coverage.hpp"

namespace countersign::app {

class CoverageRecords {
 public:
  virtual ~CoverageRecords() = default;
  /// What the witness `witness` ("kernel", "log", "pam") of `host` could see from `from` until `until`.
  virtual Result<core::Coverage> coverage(std::string_view host, std::string_view witness, Timestamp from,
                                          Timestamp until) = 0;
};

}  // namespace countersign::app
