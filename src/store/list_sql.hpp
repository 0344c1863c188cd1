// What the lists share: a WHERE clause put together from filters, in order of (time, id), newest first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/cursor.hpp"
#include "store/rows.hpp"

namespace countersign::store {

inline constexpr std::size_t most_rows = 1000;

class ListSql {
 public:
  void where(std::string_view condition);
  template <typename... Parameters>
  void where(std::string_view condition, Parameters... parameters) {
    where(condition);
    (parameters_.emplace_back(std::move(parameters)), ...);
  }
  /// The parameters of a condition given before.
  void bind(std::vector<Value> parameters);
  void from_to(std::string_view column, std::optional<Timestamp> from, std::optional<Timestamp> to);
  /// Rows after the cursor's; Fault::invalid for one that is not this list's.
  Result<void> after(char list, std::string_view time_column, std::string_view cursor);

  /// "SELECT columns FROM table WHERE … ORDER BY time DESC, id DESC LIMIT limit".
  [[nodiscard]] std::string select(std::string_view columns, std::string_view table, std::string_view time_column,
                                   std::size_t limit, bool oldest_first = false) const;
  [[nodiscard]] const std::vector<Value>& parameters() const { return parameters_; }

 private:
  std::string conditions_;
  std::vector<Value> parameters_;
};

}  // namespace countersign::store
