// The wrappers in which a sender delivers several audit events as one JSON object: which there are, how one is known,
// where its events are, and what each takes over from it. What is in a wrapper is not looked into for another one.
// Pure; views point into the text.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "webhooks/json_parts.hpp"

namespace countersign::webhooks {

class Envelope {
 public:
  /// nullopt where the object is none. Most that are none are told by a search for a few words.
  static std::optional<Envelope> of(std::string_view object);

  /// Each event, or what stands where one should; all of them where an array is there twice. `text` is what the object
  /// is a part of; an event that takes something over has a text of its own. False once `visit` says so.
  using Visit = std::function<bool(const PaddedText& text, std::string_view event)>;
  bool for_each(const PaddedText& text, const Visit& visit) const;

 private:
  struct Kind;
  static const Kind kinds[4];

  Envelope(const Kind& kind, std::string_view object) : kind_(kind), object_(object) {}
  [[nodiscard]] bool known_by_events() const;

  const Kind& kind_;
  std::string_view object_;
};

}  // namespace countersign::webhooks
