#include "core/rules/rule.hpp"

#include <algorithm>

namespace countersign::core {

Terms terms_of(const Rule& rule, const Event& event) {
  Terms terms = rule.terms;
  const auto found = std::ranges::find_if(rule.cases, [&](const Case& one) { return holds(one.condition, event); });
  if (found == rule.cases.end()) return terms;
  terms.severity = found->severity.value_or(terms.severity);
  terms.ask = found->ask.value_or(terms.ask);
  terms.approvers = found->approvers.value_or(terms.approvers);
  terms.reason = found->reason.value_or(terms.reason);
  terms.to = found->to.value_or(terms.to);
  return terms;
}

}  // namespace countersign::core
