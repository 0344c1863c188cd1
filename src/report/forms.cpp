#include "report/forms.hpp"

namespace countersign::report {

std::optional<Form> parse_form(std::string_view name) {
  if (name == "json") return Form::json;
  if (name == "text") return Form::text;
  if (name == "html") return Form::html;
  if (name == "csv") return Form::csv;
  return std::nullopt;
}

std::string_view type_of(Form form) {
  switch (form) {
    case Form::json:
      return "application/json";
    case Form::text:
      return "text/plain; charset=utf-8";
    case Form::html:
      return "text/html; charset=utf-8";
    case Form::csv:
      return "text/csv; charset=utf-8";
  }
  return "application/octet-stream";
}

Result<std::string> render(const app::Report& report, app::ReportLists& lists, Form form) {
  switch (form) {
    case Form::json:
      return to_json(report, lists);
    case Form::text:
      return to_text(report, lists);
    case Form::html:
      return to_html(report, lists);
    case Form::csv:
      return to_csv(report, lists);
  }
  return {};
}

}  // namespace countersign::report
