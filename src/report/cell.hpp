// A cell of the CSV form. Pure.
#pragma once

#include <string>
#include <string_view>

namespace countersign::report {

/// A cell of any bytes, quoted. What begins like a formula would be computed by a spreadsheet, so it gets an apostrophe
/// (OWASP "CSV Injection").
std::string cell(std::string_view bytes);

}  // namespace countersign::report
