// JSON of a delivery, part by part: a fast reading of sound text, and a tolerant one that finds where each part begins
// and ends, so that a broken part costs only itself. Pure; views point into the text.
#pragma once

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/decoder.hpp"
#include "base/result.hpp"
#include "core/record.hpp"
#include "webhooks/delivery_bound.hpp"

namespace countersign::webhooks {

/// Reads one object: the record, or why there is none (`why` is then set). A JSON fault is thrown on as the error code.
using ReadObject =
    std::function<simdjson::error_code(simdjson::ondemand::object object, core::Record& record, std::string& why)>;

/// Text with the room simdjson wants behind it.
class PaddedText {
 public:
  explicit PaddedText(std::string text);
  [[nodiscard]] std::string_view view() const { return text_; }
  /// A part of view(), padded by what follows it.
  [[nodiscard]] simdjson::padded_string_view padded(std::string_view part) const;

 private:
  std::string text_;
};

/// The elements of an array or the members of an object, one after the other (json_scan.hpp): one that was left open
/// ends where the next begins, and what stands where one should is given as well.
class RawParts {
 public:
  enum class Elements { any, rows };  // rows: each is an array that holds no array
  /// `container` begins with '[' or '{'.
  explicit RawParts(std::string_view container, Elements elements = Elements::any)
      : rest_(container.substr(1)), in_array_(container.front() == '['), elements_(elements) {}
  /// The next element (or `"key": value`), trimmed; nullopt at the end.
  std::optional<std::string_view> next();

 private:
  std::string_view rest_;
  bool in_array_;
  Elements elements_;
};

/// A member of an object as RawParts gives it, both as they stand: the key with its quotes and escapes.
struct RawMember {
  std::string_view key, value;
};
std::optional<RawMember> split_member(std::string_view member);

/// The raw value of a member as RawParts gives it, where its key is `key`, else nullopt.
std::optional<std::string_view> member_value(std::string_view member, std::string_view key);

std::string_view trim_json(std::string_view text);

void add_unreadable(app::Decoded& decoded, std::string_view part, std::string_view why);

/// Whether an object that has no line but is an envelope (envelope.hpp) is the events in it.
enum class Envelopes { kept, opened };

/// A body's objects (json_sequence.hpp) into records, each by `read`. Fault::too_large past a delivery's bound.
Result<void> read_sequence(const PaddedText& text, std::string_view content, const ReadObject& read,
                           app::Decoded& decoded, Envelopes envelopes = Envelopes::kept);

}  // namespace countersign::webhooks
