// Why the kernel refused, and what would mend it. Pure.
#pragma once

#include <string>

#include "base/result.hpp"

namespace countersign::ebpf {

/// What to do about this errno of bpf(2) and its kin; never empty.
std::string mend_of(int error);

/// Fault::unavailable: "eBPF unavailable: <errno, step>; <mend>".
std::unexpected<Error> unavailable(std::string_view step, int error);

}  // namespace countersign::ebpf
