#include "webhooks/json_grammar.hpp"

#include <vector>

#include "webhooks/json_parts.hpp"

namespace countersign::webhooks {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Grammar {
 public:
  explicit Grammar(std::string_view text) : rest_(text) {}

  bool holds() {
    while (begin_value())
      if (const auto end = end_values(); end != End::more) return end == End::whole;
    return false;
  }

 private:
  enum class End { more, whole, broken };

  /// A value that holds none, or as far as where its first one stands.
  bool begin_value() {
    while (true) {
      if (take('{')) {
        if (take('}')) return true;
        objects_.push_back(true);
        if (!take_key()) return false;
      } else if (take('[')) {
        if (take(']')) return true;
        objects_.push_back(false);
      } else {
        return take_scalar();
      }
    }
  }

  /// What may stand behind a value: all that ends with it, up to where the next one stands.
  End end_values() {
    while (!objects_.empty()) {
      if (take(',')) return !objects_.back() || take_key() ? End::more : End::broken;
      if (!take(objects_.back() ? '}' : ']')) return End::broken;
      objects_.pop_back();
    }
    skip_blanks();
    return rest_.empty() ? End::whole : End::broken;
  }

  void skip_blanks() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
      rest_.remove_prefix(1);
  }

  bool take(char c) {
    skip_blanks();
    return take_next(c);
  }

  bool take_next(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool take_key() { return take('"') && take_string() && take(':'); }

  bool take_scalar() {
    if (take('"')) return take_string();
    return take_word("true") || take_word("false") || take_word("null") || take_number();
  }

  /// Behind the opening quote.
  bool take_string() {
    for (std::size_t at = 0; at < rest_.size();) {
      const auto c = static_cast<unsigned char>(rest_[at]);
      if (c < ' ') return false;
      if (c == '"') {
        rest_.remove_prefix(at + 1);
        return true;
      }
      const auto size = c == '\\' ? escape_size(rest_.substr(at + 1)) + 1 : 1;
      if (c == '\\' && size == 1) return false;
      at += size;
    }
    return false;
  }

  /// Of what follows a backslash; 0 where it is no escape.
  static std::size_t escape_size(std::string_view text) {
    constexpr std::size_t kUnit = 5;  // u and four digits
    if (text.empty() || std::string_view(R"("\/bfnrtu)").find(text.front()) == std::string_view::npos) return 0;
    if (text.front() != 'u') return 1;
    const auto digits = text.substr(1, kUnit - 1);
    const bool hex = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    return hex && text.size() >= kUnit ? kUnit : 0;
  }

  bool take_digits() {
    std::size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size]))
      ++size;
    rest_.remove_prefix(size);
    return size != 0;
  }

  bool take_number() {
    take_next('-');
    if (!take_next('0') && !take_digits()) return false;
    if (take_next('.') && !take_digits()) return false;
    if (!take_next('e') && !take_next('E')) return true;
    if (!take_next('+')) take_next('-');
    return take_digits();
  }

  std::string_view rest_;
  std::vector<bool> objects_;  // what is open, else arrays
};

}  // namespace

bool is_json(std::string_view text) {
  return Grammar(text).holds();
}

void JsonSoundness::tell(std::string_view container, std::size_t unreadable_before, app::Decoded& decoded) const {
  if (decoded.unreadable.size() == unreadable_before && breaks(container))
    add_unreadable(decoded, container, kBrokenJson);
}

}  // namespace countersign::webhooks
