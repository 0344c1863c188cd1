// The report over HTTP: which span and form a query asks for, and the answer from one snapshot.
// Safe for concurrent access; what it refers to must outlive every answer.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/policy.hpp"
#include "app/report.hpp"
#include "base/clock.hpp"
#include "net/http.hpp"

namespace countersign::web {

/// The report in a form that main knows how to make.
struct ReportForm {
  std::string type, body;
  std::string style;  // of a page: the one style sheet that it may use, inline
};
/// By the form's name: json, text, html, csv. Fault::invalid names the known ones.
using RenderReport = std::function<Result<ReportForm>(const app::Report&, std::string_view form)>;

class Reports {
 public:
  Reports(const app::PolicySource& policy, const Clock& clock, RenderReport render)
      : policy_(policy), clock_(clock), render_(std::move(render)) {}

  /// Of the answer: "yes" where the report says anything somebody must look at.
  static constexpr std::string_view findings_header = "Countersign-Findings";
  static constexpr auto usual_span = std::chrono::days(7);

  /// `from`, `to` (RFC 3339; the last seven days where they are missing) and `format` (`form` where it is missing).
  [[nodiscard]] net::Response answer(app::View& view, std::string_view query, std::string_view form) const;

 private:
  const app::PolicySource& policy_;
  const Clock& clock_;
  const RenderReport render_;
};

}  // namespace countersign::web
