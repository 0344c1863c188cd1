#include "webhooks/json_scan.hpp"

#include <algorithm>
#include <vector>

namespace countersign::webhooks {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// The brackets that are open.
class Nesting {
 public:
  [[nodiscard]] bool empty() const { return objects_.empty(); }
  [[nodiscard]] std::size_t depth() const { return objects_.size(); }
  [[nodiscard]] bool in_object() const { return objects_.back(); }

  void open(char bracket) {
    objects_.push_back(bracket == '{');
    if (bracket == '[') ++arrays_;
  }
  /// Closes what the bracket belongs to, with all that was left open in it; false where it belongs to nothing here.
  bool close(char bracket) {
    const bool object = bracket == '}';
    if ((object ? objects_.size() - arrays_ : arrays_) == 0) return false;
    while (objects_.back() != object)
      pop();
    pop();
    return true;
  }
  /// Back to the innermost array, where another object may begin; false where there is none.
  bool leave_objects() {
    if (arrays_ == 0) return false;
    while (objects_.back())
      pop();
    return true;
  }

 private:
  void pop() {
    if (!objects_.back()) --arrays_;
    objects_.pop_back();
  }

  std::vector<bool> objects_;  // else arrays
  std::size_t arrays_ = 0;
};

class Scanner {
 public:
  Scanner(std::string_view text, JsonKind kind) : text_(text), kind_(kind) {}

  ScannedJson run() {
    while (at_ < text_.size()) {
      const auto step = next();
      if (step != Step::on) return {at_, step == Step::whole};
    }
    return {text_.size(), kind_ == JsonKind::member && nesting_.empty()};
  }

 private:
  enum class Step { on, whole, broken };

  Step next() {
    const char c = text_[at_];
    if (c == '"') return pass_string();
    if (c == '{' || c == '[') return open(c);
    if (c == '}' || c == ']') return close(c);
    if (c == ',' && nesting_.empty()) return Step::whole;
    if (!is_blank(c)) before_ = c;
    ++at_;
    return Step::on;
  }

  [[nodiscard]] Step past_value() const {
    return nesting_.empty() && kind_ != JsonKind::member ? Step::whole : Step::on;
  }

  Step pass_string() {
    const auto begin = at_ + 1;
    auto end = begin;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size() || text_[end] == '\n') {  // JSON has no line's end within quotes
      at_ = std::min(end, text_.size());
      before_ = ',';
      return nesting_.leave_objects() ? Step::on : Step::broken;
    }
    before_ = '"';
    const char last = end > begin ? text_[end - 1] : '"';
    if (!nesting_.empty() && (last == '{' || (last == '[' && kind_ == JsonKind::row)) && !separator_at(end + 1)) {
      at_ = end - 1;  // an earlier quote was left open: this one opens, and what seemed quoted is a bracket
      return open(last);
    }
    at_ = end + 1;
    return past_value();
  }

  [[nodiscard]] bool separator_at(std::size_t at) const {
    while (at < text_.size() && is_blank(text_[at]))
      ++at;
    return at >= text_.size() || std::string_view(",:}]").find(text_[at]) != std::string_view::npos;
  }

  Step open(char bracket) {
    if (kind_ == JsonKind::row && nesting_.depth() == 1 && bracket == '[' && before_ != '[') return Step::broken;
    const bool key_expected = (nesting_.empty() ? kind_ == JsonKind::member : nesting_.in_object()) && before_ != ':';
    if (key_expected && !nesting_.leave_objects()) return Step::broken;
    nesting_.open(bracket);
    before_ = bracket;
    ++at_;
    return Step::on;
  }

  Step close(char bracket) {
    if (nesting_.empty()) return Step::whole;  // the end of the object whose member this is
    if (!nesting_.close(bracket)) return Step::broken;
    before_ = bracket;
    ++at_;
    return past_value();
  }

  std::string_view text_;
  JsonKind kind_;
  Nesting nesting_;
  std::size_t at_ = 0;
  char before_ = ',';  // the last that was no blank
};

}  // namespace

ScannedJson scan_json(std::string_view text, JsonKind kind) {
  return Scanner(text, kind).run();
}

}  // namespace countersign::webhooks
