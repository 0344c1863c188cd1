// A JSON body whose logs stand in lists of groups that say once what holds for all their entries (a stream, a
// resource), read part by part: a broken entry costs itself, and a group from which something was passed over is told
// as well. One delivery's; one thread.
#pragma once

#include <functional>
#include <string_view>

#include "app/decoder.hpp"
#include "base/result.hpp"
#include "webhooks/delivery_bound.hpp"
#include "webhooks/inflate.hpp"
#include "webhooks/json_grammar.hpp"
#include "webhooks/json_values.hpp"

namespace countersign::webhooks {

class JsonBody {
 public:
  using ReadGroup = std::function<Result<void>(JsonBody& body, std::string_view group)>;
  using ReadEntry = std::function<void(JsonBody& body, std::string_view entry)>;

  /// The delivery whose body holds the groups in its member `name`. Fault::invalid where there is no such list.
  static Result<app::Decoded> read(const app::Delivery& delivery, const InflateBound& bound, std::string_view name,
                                   const ReadGroup& read_group);

  /// `list` begins with '['. Ends with the first fault of `read_group`.
  Result<void> each_group(std::string_view list, const ReadGroup& read_group);
  /// `list` begins with '['. Those that are broken are unreadable; Fault::too_large past the delivery's bound.
  Result<void> each_entry(std::string_view list, RawParts::Elements elements, const ReadEntry& read_entry);

  /// Before what is read outside each_entry; Fault::too_large where there is no room for it.
  Result<void> check_room() { return bound_.check(decoded); }
  [[nodiscard]] const JsonSoundness& soundness() const { return soundness_; }

  const app::Delivery& delivery;
  JsonValues values;
  app::Decoded decoded;

 private:
  JsonBody(const app::Delivery& of, const PaddedText& text, std::string_view content)
      : delivery(of), values(text), soundness_(content), bound_(text.view().size()) {}

  JsonSoundness soundness_;
  DeliveryBound bound_;
};

}  // namespace countersign::webhooks
