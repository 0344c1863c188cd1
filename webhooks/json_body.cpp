#include "webhooks/json_body.hpp"

namespace countersign::webhooks {

Result<app::Decoded> JsonBody::read(const app::Delivery& delivery, const InflateBound& bound, std::string_view name,
                                    const ReadGroup& read_group) {
  auto text = json_text(delivery, bound);
  if (!text) return std::unexpected(text.error());
  const auto content = trim_json(text->view());
  const auto groups = find_member(content, name);
  if (!groups || !groups->starts_with('[')) return fail(Fault::invalid, "the body has no {}", name);
  JsonBody body(delivery, *text, content);
  if (auto done = body.each_group(*groups, read_group); !done) return std::unexpected(done.error());
  body.soundness_.tell(content, 0, body.decoded);
  return std::move(body.decoded);
}

Result<void> JsonBody::each_group(std::string_view list, const ReadGroup& read_group) {
  RawParts groups(list);
  while (const auto group = groups.next()) {
    const auto before = decoded.unreadable.size();
    if (auto done = read_group(*this, *group); !done) return done;
    soundness_.tell(*group, before, decoded);
  }
  return {};
}

Result<void> JsonBody::each_entry(std::string_view list, RawParts::Elements elements, const ReadEntry& read_entry) {
  RawParts entries(list, elements);
  while (const auto entry = entries.next()) {
    if (auto room = check_room(); !room) return room;
    if (soundness_.breaks(*entry))
      add_unreadable(decoded, *entry, kBrokenJson);
    else
      read_entry(*this, *entry);
  }
  return {};
}

}  // namespace countersign::webhooks
