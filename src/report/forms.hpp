// The forms a report takes: JSON (the contract's shape), text for a terminal, a page that prints, a table for a
// spreadsheet. Pure; whatever an attacker wrote comes out escaped for the form.
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

std::string render(const app::Report& report, Form form);

/// One object: {"from","to","summary","hosts","findings","approvals","quarantine","delivery",…}.
std::string to_json(const app::Report& report);
/// At most 100 columns wide but for names; ends in a line's end.
std::string to_text(const app::Report& report);
/// One page without anything from elsewhere: charts are inline SVG, its only style is page_style().
std::string to_html(const app::Report& report);
/// RFC 4180, one table; `record` is summary, day, host or finding. A cell that a spreadsheet would compute is quoted.
std::string to_csv(const app::Report& report);

/// What stands between <style> and </style>, for a Content-Security-Policy by hash.
std::string_view page_style();

}  // namespace countersign::report
