// A body's JSON values, one after the other: concatenated, one a line, in arrays, or any of it. A value that was left
// open costs itself alone: where it runs over lines, each line that begins with a bracket is tried by itself.
// Every byte is looked at a fixed number of times. Pure; views point into the text.
#pragma once

#include <optional>
#include <string_view>

namespace countersign::webhooks {

class JsonSequence {
 public:
  enum class Of {
    elements,  // arrays are opened and their elements given; an array within an array is one element
    values,    // an array is a value like any other
    lines,     // objects, and among them lines of any text, with their blanks but without what ends them
  };
  explicit JsonSequence(std::string_view text, Of of = Of::elements) : rest_(text), of_(of) {}

  /// The next value, or what stands where one should; nullopt at the end.
  std::optional<std::string_view> next();

 private:
  struct Gap {
    bool comma = false, line_end = false;
  };

  void skip_gap(Gap& gap);
  bool refill();
  /// Whether a bracket that opened or closes an array was passed.
  bool pass_bracket(Gap& gap);
  std::string_view take();
  [[nodiscard]] bool begins_value() const;
  [[nodiscard]] std::size_t stray_size() const;
  [[nodiscard]] std::size_t first_line_size(std::string_view text) const;

  std::string_view rest_;
  std::string_view lines_;  // of a value that was left open, behind rest_
  std::string_view after_;  // behind lines_
  Of of_;
  bool in_array_ = false;
  bool by_line_ = false;   // rest_ is one of lines_
  bool broken_ = false;    // the value before was left open
  bool line_end_ = false;  // and with it its line
};

}  // namespace countersign::webhooks
