// A running session as `countersign-agent sessions --json` and the local socket have it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ebpf/sighting.hpp"

namespace countersign::agent {

std::string session_json(const ebpf::Session& session);
/// The inverse.
Result<ebpf::Session> read_session(std::string_view json);

}  // namespace countersign::agent
