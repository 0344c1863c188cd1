#include "webhooks/json_parts.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "webhooks/envelope.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_scan.hpp"
#include "webhooks/json_sequence.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool at_end(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

/// Its text is the object itself: no line was found in it, and no program's name.
bool may_be_envelope(const core::Record& record, Envelopes envelopes) {
  return envelopes == Envelopes::opened && record.program.empty() && record.object.empty();
}

/// The whole array in one reading. An error means some element is broken, or an envelope: the tolerant way then finds
/// which.
simdjson::error_code read_sound_array(const PaddedText& text, std::string_view array, const ReadObject& read,
                                      Envelopes envelopes, app::Decoded& decoded) {
  if (!is_json(array)) return simdjson::TAPE_ERROR;
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(text.padded(array)).get(document)) return error;
  simdjson::ondemand::array elements;
  if (const auto error = document.get_array().get(elements)) return error;
  for (auto element : elements) {
    simdjson::ondemand::object object;
    if (const auto error = element.get_object().get(object)) return error;
    core::Record record;
    std::string why;
    if (const auto error = read(object, record, why)) return error;
    if (!why.empty() || (may_be_envelope(record, envelopes) && Envelope::of(record.message)))
      return simdjson::INCORRECT_TYPE;
    decoded.records.push_back(std::move(record));
    if (decoded.records.size() > DeliveryBound::kMostParts) return simdjson::CAPACITY;
  }
  return at_end(document) ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

/// The tolerant way: parts one by one.
class PartReader {
 public:
  PartReader(const ReadObject& read, Envelopes envelopes, DeliveryBound& bound, app::Decoded& decoded)
      : read_(read), envelopes_(envelopes), bound_(bound), decoded_(decoded) {}

  /// One value alone: an object as a record or, where it is an envelope, as its events; anything else is unreadable.
  Result<void> take(const PaddedText& text, std::string_view part) {
    core::Record record;
    const auto why = read(text, part, record);
    if (why.empty() ? may_be_envelope(record, envelopes_) : envelopes_ == Envelopes::opened)
      if (const auto envelope = Envelope::of(part)) return open(text, part, *envelope, why.empty());
    keep(part, std::move(record), why);
    return {};
  }

 private:
  Result<void> open(const PaddedText& text, std::string_view part, const Envelope& envelope, bool sound) {
    Result<void> room;
    const auto before = decoded_.unreadable.size();
    envelope.for_each(text, [&](const PaddedText& inner, std::string_view event) {
      room = bound_.check(decoded_);
      if (!room) return false;
      core::Record record;
      const auto why = read(inner, event, record);
      keep(event, std::move(record), why);
      return true;
    });
    if (room && !sound) JsonSoundness(part).tell(part, before, decoded_);
    return room;
  }

  void keep(std::string_view part, core::Record record, std::string_view why) {
    if (why.empty())
      decoded_.records.push_back(std::move(record));
    else
      add_unreadable(decoded_, part, why);
  }

  /// Why it is no record; empty: it is one.
  std::string read(const PaddedText& text, std::string_view part, core::Record& record) {
    if (!part.starts_with('{')) return "it is no JSON object";
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    std::string why;
    auto error = parser_.iterate(text.padded(part)).get(document);
    if (!error) error = document.get_object().get(object);
    if (!error) error = read_(object, record, why);
    if (!error && why.empty() && !at_end(document)) error = simdjson::TRAILING_CONTENT;
    if (error) return std::string("broken JSON: ") + simdjson::error_message(error);
    if (why.empty() && !is_json(part)) return std::string(kBrokenJson);  // simdjson looks into no value that is skipped
    return why;
  }

  const ReadObject& read_;
  Envelopes envelopes_;
  DeliveryBound& bound_;
  app::Decoded& decoded_;
  simdjson::ondemand::parser parser_;
};

}  // namespace

PaddedText::PaddedText(std::string text) : text_(std::move(text)) {
  text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
}

simdjson::padded_string_view PaddedText::padded(std::string_view part) const {
  const auto behind = static_cast<std::size_t>(text_.data() + text_.capacity() - (part.data() + part.size()));
  return simdjson::padded_string_view(part.data(), part.size(), part.size() + behind);
}

std::string_view trim_json(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::optional<std::string_view> RawParts::next() {
  const auto begin = rest_.find_first_not_of(" \t\r\n,");
  if (begin == std::string_view::npos) return std::nullopt;
  rest_.remove_prefix(begin);
  const char c = rest_.front();
  if (c == ']' || (c == '}' && !in_array_)) return std::nullopt;
  std::size_t size = 0;
  if (c == '{' || c == '[' || (c == '"' && in_array_)) {
    size = scan_json(rest_, elements_ == Elements::rows && c == '[' ? JsonKind::row : JsonKind::value).size;
  } else if (in_array_) {
    size = std::min(rest_.find_first_of(",{[]\n", 1), rest_.size());
  } else {
    size = scan_json(rest_, JsonKind::member).size;
  }
  const auto part = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return trim_json(part);
}

std::optional<RawMember> split_member(std::string_view member) {
  if (!member.starts_with('"')) return std::nullopt;
  std::size_t end = 1;
  while (end < member.size() && member[end] != '"')
    end += member[end] == '\\' ? 2 : 1;
  if (end >= member.size()) return std::nullopt;
  const auto value = trim_json(member.substr(end + 1));
  if (!value.starts_with(':')) return std::nullopt;
  return RawMember{member.substr(0, end + 1), trim_json(value.substr(1))};
}

std::optional<std::string_view> member_value(std::string_view member, std::string_view key) {
  if (!member.starts_with('"') || member.substr(1, key.size()) != key) return std::nullopt;
  member.remove_prefix(key.size() + 1);
  if (!member.starts_with('"')) return std::nullopt;
  member = trim_json(member.substr(1));
  if (!member.starts_with(':')) return std::nullopt;
  return trim_json(member.substr(1));
}

void add_unreadable(app::Decoded& decoded, std::string_view part, std::string_view why) {
  constexpr std::size_t kLongestSample = 512, kDigest = 16;
  decoded.unreadable.push_back(
      {std::string(part.substr(0, kLongestSample)), std::string(why), crypto::sha256(part).substr(0, kDigest)});
}

Result<void> read_sequence(const PaddedText& text, std::string_view content, const ReadObject& read,
                           app::Decoded& decoded, Envelopes envelopes) {
  const auto before = decoded.records.size();
  if (content.starts_with('[') && !read_sound_array(text, content, read, envelopes, decoded)) return {};
  decoded.records.resize(before);
  DeliveryBound bound(content.size());
  PartReader parts(read, envelopes, bound, decoded);
  JsonSequence sequence(content);
  while (const auto part = sequence.next()) {
    if (auto room = bound.check(decoded); !room) return room;
    if (auto done = parts.take(text, *part); !done) return done;
  }
  return {};
}

}  // namespace countersign::webhooks
