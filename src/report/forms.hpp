// The forms a report takes: JSON (the contract's shape), text for a terminal, a page that prints, a table for a
// spreadsheet. Whatever an attacker wrote comes out escaped for the form. Pure but for the lists, which are read in
// pieces: beside the text itself, memory holds one piece.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/report.hpp"

namespace countersign::report {

enum class Form { json, text, html, csv };
std::optional<Form> parse_form(std::string_view name);
/// Its media type, for HTTP.
std::string_view type_of(Form form);

/// Errors are the lists'.
Result<std::string> render(const app::Report& report, app::ReportLists& lists, Form form);

/// One object: {"from","to","summary","hosts","findings","approvals","quarantine","delivery","deliveries_refused",…};
/// every list is whole.
Result<std::string> to_json(const app::Report& report, app::ReportLists& lists);
/// At most 100 columns wide but for names; ends in a line's end.
Result<std::string> to_text(const app::Report& report, app::ReportLists& lists);
/// One page without anything from elsewhere: charts are inline SVG, its only style is page_style().
Result<std::string> to_html(const app::Report& report, app::ReportLists& lists);
/// RFC 4180, one table, every list whole; `record` says what a line is. A cell that a spreadsheet would compute is
/// quoted.
Result<std::string> to_csv(const app::Report& report, app::ReportLists& lists);

/// What stands between <style> and </style>, for a Content-Security-Policy by hash.
std::string_view page_style();

}  // namespace countersign::report
