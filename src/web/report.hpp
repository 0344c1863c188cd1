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
using RenderReport = std::function<Result<ReportForm>(const app::Report&, app::ReportLists&, std::string_view form)>;
/// A sealed one's form, with its seal and what changed since.
using RenderSealed = std::function<Result<ReportForm>(std::string body, std::string_view form, const app::Seal& seal,
                                                      const app::Amendments& since)>;

struct ReportRenderers {
  RenderReport report;
  RenderSealed sealed;
  std::function<bool(std::string_view json)> sealed_findings;  // whether that sealed report says anything to look at
};

class Reports {
 public:
  Reports(const app::PolicySource& policy, const Clock& clock, ReportRenderers render)
      : policy_(policy), clock_(clock), render_(std::move(render)) {}

  /// Of the answer: "yes" where the report says anything somebody must look at.
  static constexpr std::string_view findings_header = "Countersign-Findings";
  static constexpr auto usual_span = std::chrono::days(7);

  /// `from`, `to` (RFC 3339; the last seven days where they are missing) and `format` (`form` where it is missing). A
  /// span that was sealed is answered as it was sealed, with what changed since.
  [[nodiscard]] net::Response answer(app::View& view, std::string_view query, std::string_view form) const;
  /// In every form, JSON first: what is sealed.
  [[nodiscard]] Result<app::SealedForms> forms(const app::Report& report, app::ReportLists& lists) const;

 private:
  [[nodiscard]] net::Response answer_sealed(app::View& view, const app::Seal& seal, const std::string& form) const;

  const app::PolicySource& policy_;
  const Clock& clock_;
  const ReportRenderers render_;
};

}  // namespace countersign::web
