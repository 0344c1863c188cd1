#include "core/query.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "core/host_name.hpp"
#include "core/query_network.hpp"

namespace countersign::core {
namespace {

constexpr std::size_t longest_query = 4096, most_terms = 100;
constexpr int deepest = 20;

/// Recursive descent over the text; the first fault ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Query> whole() {
    if (text_.size() > longest_query) return fail(Fault::invalid, "a query has at most {} bytes", longest_query);
    skip_blanks();
    if (at_end()) return Query{};
    auto query = either(0);
    if (query && !at_end()) return expected("AND, OR or the end");
    return query;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char here() const { return text_[at_]; }
  [[nodiscard]] std::unexpected<Error> expected(std::string_view what) const {
    return fail(Fault::invalid, "position {}: expected {}", at_ + 1, what);
  }
  void skip_blanks() {
    while (!at_end() && std::isspace(static_cast<unsigned char>(here())))
      ++at_;
  }

  static bool ends_word(char c) {
    return std::isspace(static_cast<unsigned char>(c)) || c == '(' || c == ')' || c == '"';
  }

  /// Takes a keyword that stands alone.
  bool keyword(std::string_view word) {
    const auto after = at_ + word.size();
    if (text_.substr(at_, word.size()) != word || (after < text_.size() && !ends_word(text_[after]))) return false;
    at_ = after;
    skip_blanks();
    return true;
  }

  Result<Query> either(int depth) { return joined(Query::Kind::either, "OR", depth, &Parser::both); }
  Result<Query> both(int depth) { return joined(Query::Kind::both, "AND", depth, &Parser::single); }

  Result<Query> joined(Query::Kind kind, std::string_view word, int depth, Result<Query> (Parser::*operand)(int)) {
    auto first = (this->*operand)(depth);
    if (!first || !keyword(word)) return first;
    Query query{kind, {}, {}, {*std::move(first)}};
    do {
      auto next = (this->*operand)(depth);
      if (!next) return next;
      query.operands.push_back(*std::move(next));
    } while (keyword(word));
    return query;
  }

  Result<Query> single(int depth) {
    if (depth >= deepest) return fail(Fault::invalid, "position {}: nested deeper than {}", at_ + 1, deepest);
    if (keyword("NOT")) {
      auto operand = single(depth + 1);
      if (!operand) return operand;
      return Query{Query::Kind::negation, {}, {}, {*std::move(operand)}};
    }
    if (!at_end() && here() == '(') {
      ++at_;
      skip_blanks();
      auto inner = either(depth + 1);
      if (!inner) return inner;
      if (at_end() || here() != ')') return expected("')'");
      ++at_;
      skip_blanks();
      return inner;
    }
    return term();
  }

  Result<Query> term() {
    if (++terms_ > most_terms) return fail(Fault::invalid, "position {}: more than {} terms", at_ + 1, most_terms);
    const auto begin = at_;
    while (!at_end() && !ends_word(here()) && here() != '=' && here() != '!')
      ++at_;
    const auto field = text_.substr(begin, at_ - begin);
    if (field.empty()) return expected("a field, such as user.name=oswaldo");
    skip_blanks();
    const bool unequal = text_.substr(at_, 2) == "!=";
    if (!unequal && (at_end() || here() != '='))
      return expected(fmt::format("'=' or '!=' after '{}'", one_line(field, 60)));
    at_ += unequal ? 2 : 1;
    if (!at_end() && here() == '=')
      return expected("a value: equality is one '=', and a value that begins with '=' stands in quotes");
    skip_blanks();
    auto value = this->value();
    if (!value) return std::unexpected(value.error());
    skip_blanks();
    Query query{Query::Kind::term, std::string(field), *std::move(value), {}};
    if (!unequal) return query;
    return Query{Query::Kind::negation, {}, {}, {std::move(query)}};
  }

  Result<std::string> value() {
    if (at_end()) return expected("a value");
    if (here() == '"') return quoted();
    const auto begin = at_;
    while (!at_end() && !ends_word(here()))
      ++at_;
    if (at_ == begin) return expected("a value");
    return std::string(text_.substr(begin, at_ - begin));
  }

  Result<std::string> quoted() {
    const auto begin = at_++;
    std::string value;
    while (!at_end() && here() != '"') {
      if (here() == '\\') {
        ++at_;
        if (at_end() || (here() != '"' && here() != '\\')) return expected("\\\" or \\\\");
      }
      value += here();
      ++at_;
    }
    if (at_end()) return fail(Fault::invalid, "position {}: this quote is not closed", begin + 1);
    ++at_;
    return value;
  }

  const std::string_view text_;
  std::size_t at_ = 0, terms_ = 0;
};

bool term_holds(const Query& term, const Event& event) {
  const auto value = field(event, term.field);
  if (const auto network = network_of(term.field, term.value)) return network->contains(value);
  // Stored hosts have one spelling, but for those of long ago: what is asked for is respelt, and not what is stored.
  return glob(term.value, value) || (term.field == "host.name" && glob(canonical_host(term.value), event.host));
}

}  // namespace

Result<Query> parse_query(std::string_view text) {
  return Parser(text).whole();
}

bool matches(const Query& query, const Event& event) {
  const auto holds = [&](const Query& operand) { return matches(operand, event); };
  switch (query.kind) {
    case Query::Kind::all:
      return true;
    case Query::Kind::term:
      return term_holds(query, event);
    case Query::Kind::both:
      return std::ranges::all_of(query.operands, holds);
    case Query::Kind::either:
      return std::ranges::any_of(query.operands, holds);
    case Query::Kind::negation:
      return !holds(query.operands.front());
  }
  return false;
}

}  // namespace countersign::core
