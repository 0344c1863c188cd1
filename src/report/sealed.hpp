// A sealed report as it is shown later: what was sealed, byte for byte, and apart from it the seal and what changed
// since. Pure; whatever an attacker wrote comes out escaped for the form.
#pragma once

#include <string>

#include "app/audit_records.hpp"
#include "report/forms.hpp"

namespace countersign::report {

/// `body` is what render() gave when it was sealed. JSON gets the member "sealed", text and the page a section at their
/// end, CSV the records `seal` and `amendment`.
std::string with_seal(Form form, std::string body, const app::Seal& seal, const app::Amendments& since);

/// "since sealed: 2 late lines, 1 verdict changed", "nothing since": amendments in words.
std::string words_of(const app::Amendments& since);

/// What stands between <style> and </style> of a sealed page: it keeps the style it was sealed with.
std::string_view style_of(std::string_view page);

/// Whether a sealed report's JSON says anything somebody must look at, as Report::has_findings().
bool sealed_findings(std::string_view document);

}  // namespace countersign::report
