// The query language as SQL over a table called e: a condition and its parameters, never a value in the text.
// It means exactly what core::matches means; the store adds id, verdict, approval.id and approval.state.
#pragma once

#include <string>
#include <vector>

#include "core/query.hpp"
#include "store/rows.hpp"

namespace countersign::store {

struct Condition {
  std::string sql;
  std::vector<Value> parameters;
};

Condition to_sql(const core::Query& query);

}  // namespace countersign::store
