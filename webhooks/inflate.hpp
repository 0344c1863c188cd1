// Request bodies out of their Content-Encoding, with a bound on what comes out: by size, and by ratio to what went in.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::webhooks {

struct InflateBound {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t ratio = 256;  // holds from `ratio_from` on: short texts may shrink to very little
  std::size_t ratio_from = std::size_t{4} << 20;
};

/// "", "identity", "gzip", "deflate" (zlib), "zstd" (RFC 9110 section 8.4) or "snappy" (one block). A gzip or zstd body
/// without its header is known by its first bytes. One layer only. Fault::invalid on damage, Fault::too_large past the
/// bound.
Result<std::string> inflate_body(std::string_view body, std::string_view encoding, const InflateBound& bound = {});

}  // namespace countersign::webhooks
