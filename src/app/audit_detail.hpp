// What an audit row says, as a JSON object with sorted keys, so that its hash can be recomputed anywhere. Pure.
#pragma once

#include <string>
#include <string_view>

#include "app/audit_records.hpp"
#include "core/approval.hpp"
#include "core/expected.hpp"

namespace countersign::app {

// `now` is the approval as it stands after what the row tells of:
// {"addressed_to","approvers","kind","needs_reason","person","reason","severity","state"}; older rows lack
// needs_reason.

/// {"approval","decision","events":[…],"now","reason","settled_as","state","trusted_until","via"}
std::string detail_of(const core::Approval& approval, const core::Outcome& outcome);

/// {"approval","kind","now","reason"}
std::string detail_of_finding(const core::Approval& approval);

/// {"approval","now"}: somebody is asked, or somebody else is
std::string detail_of_standing(const core::Approval& approval);

/// {"event","independent","reasons","verdict","version","was"}; since version 2 a verdict that is taken back has a row
/// as well
std::string detail_of_verdict(const StoredEvent& login, std::string_view was);

/// {"approval","until","via"}
std::string detail_of_taking(const core::Approval& approval, std::string_view via);

/// {"approval","decision","reason","via"}
std::string detail_of_note(Id approval, Id decision, const core::Note& note);

/// {"account","from","host","id","key","network","of","person","reason","until","via"}; of: the approval a trust came
/// of
std::string detail_of_change(const core::ExpectedChange& change);

/// {"digests":{FORM: SHA-256 in hex},"entries","from","head","id","to","waiting"}; entries and head are of the chain
/// when the figures were read
std::string detail_of_seal(const Seal& seal, const SealedForms& forms);

/// {"id","reason","until","via"}
std::string detail_of_end(const core::ExpectedChange& change, std::string_view via);

}  // namespace countersign::app
