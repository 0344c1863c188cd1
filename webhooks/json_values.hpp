// Values inside JSON text, found by brackets and quotes alone (json_scan.hpp), so that what is broken beside them, or
// deep below, costs nothing. Views point into the text they are of.
// Pure, but for the parser a JsonValues keeps: one thread.
#pragma once

#include <simdjson.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/decoder.hpp"
#include "base/result.hpp"
#include "webhooks/inflate.hpp"
#include "webhooks/json_parts.hpp"
#include "webhooks/json_path.hpp"

namespace countersign::webhooks {

/// The raw value of an object's member; the first of that name. nullopt where `object` is none or has none.
std::optional<std::string_view> find_member(std::string_view object, std::string_view key);

/// The text of values, unescaped.
class JsonValues {
 public:
  /// `text` must outlive it.
  explicit JsonValues(const PaddedText& text) : text_(text) {}

  /// A string's content, a number's digits as they stand, true or false; nullopt for anything else or broken.
  std::optional<std::string> text(std::string_view raw);
  std::optional<std::string> text(std::string_view object, std::string_view key);
  /// The first value at a path, which may lead through strings that hold JSON. An object or array is its JSON.
  std::optional<std::string> text(std::string_view raw, const JsonPath& path);

 private:
  const PaddedText& text_;
  simdjson::ondemand::parser parser_;
};

/// Calls `visit` with each element at `path`; an array there counts as its elements. A string that holds JSON is read
/// as that. False once `visit` says so.
using VisitElement = std::function<bool(const PaddedText& text, std::string_view raw)>;
bool for_each_element(const PaddedText& text, std::string_view raw, const JsonPath& path, const VisitElement& visit);

/// Text as valid UTF-8 without its byte order mark, ready for the above; likewise a body, unpacked.
PaddedText json_text(std::string text);
Result<PaddedText> json_text(const app::Delivery& delivery, const InflateBound& bound);

/// Fault::invalid where there were parts and none could be read, else the records.
Result<app::Decoded> unless_all_unreadable(app::Decoded decoded);

}  // namespace countersign::webhooks
