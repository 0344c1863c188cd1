// Whether a client could be opened with these certificate authorities, asked without opening one. Any thread.
#pragma once

#include <string>

#include "base/result.hpp"

namespace countersign::net {

/// Fault::invalid says why the PEM file can't be used, with the mend.
Result<void> check_ca_file(const std::string& ca_file);

}  // namespace countersign::net
