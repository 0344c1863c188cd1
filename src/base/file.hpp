// Files that an operator names: only regular ones are read, whole, and never more than a bound. What is there instead
// (a folder, a pipe nobody writes to) is an error in words and never blocks. Free functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign {

/// The bytes of the regular file at `path` (links are followed). Fault::not_found, Fault::invalid where it is no
/// regular file, Fault::too_large, Fault::unavailable; the message says why and not which file, for the caller knows
/// how it calls it.
Result<std::string> read_file(const std::string& path, std::size_t most);

/// The paths in `folder` whose names end in `ending`, whatever they are, sorted. Fault::unavailable says why it can't
/// be listed.
Result<std::vector<std::string>> list_folder(const std::string& folder, std::string_view ending);

}  // namespace countersign
