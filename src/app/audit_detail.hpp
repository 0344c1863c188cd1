// What an audit row says, as a JSON object with sorted keys, so that its hash can be recomputed anywhere. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/approval.hpp"

namespace countersign::app {

/// {"approval","decision","events":[…],"reason","settled_as","state","via"}
std::string detail_of(const core::Approval& approval, const core::Outcome& outcome);

/// {"approval","kind","reason"}
std::string detail_of_finding(const core::Approval& approval);

/// {"approval","until","via"}
std::string detail_of_taking(const core::Approval& approval, std::string_view via);

/// {"approval","decision","reason","via"}
std::string detail_of_note(Id approval, Id decision, const core::Note& note);

}  // namespace countersign::app
