#include "webhooks/generic_json.hpp"

#include "base/text.hpp"
#include "webhooks/json_parts.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

std::string_view first_line(std::string_view text) {
  return trim_json(text.substr(0, text.find('\n')));
}

/// Objects one a line. A line may hold several, as some senders leave out the newline; a broken one costs its line.
Result<void> read_lines(const PaddedText& text, std::string_view lines, const ReadObject& read, app::Decoded& decoded) {
  simdjson::ondemand::parser parser;
  while (!lines.empty()) {
    const auto newline = std::min(lines.find('\n'), lines.size());
    const auto line = trim_json(lines.substr(0, newline));
    lines.remove_prefix(std::min(newline + 1, lines.size()));
    if (line.empty()) continue;
    if (decoded.records.size() + decoded.unreadable.size() >= kMostParts) {
      return fail(Fault::too_large, "more than {} parts in one delivery; send smaller batches", kMostParts);
    }
    if (line.starts_with('[')) {
      if (auto done = read_array(text, line, read, decoded); !done) return done;
    } else {
      read_part(parser, text, line, read, decoded);
    }
  }
  return {};
}

}  // namespace

Result<app::Decoded> GenericJson::decode(const app::Delivery& delivery) const {
  auto body = inflate_body(delivery.body, delivery.content_encoding, options_.bound);
  if (!body) return std::unexpected(body.error());
  if (!simdjson::validate_utf8(*body)) body = clean_utf8(*body);
  const PaddedText text(std::move(*body));
  const ReadObject read = [&](simdjson::ondemand::object object, core::Record& record, std::string& why) {
    return read_record(object, options_.zone, delivery.arrival, record, why);
  };

  app::Decoded decoded;
  auto content = text.view();
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  content = trim_json(content);
  Result<void> done;
  if (content.starts_with('[')) {
    done = read_array(text, content, read, decoded);
  } else if (content.starts_with('{') && first_line(content).size() != content.size() &&
             !first_line(content).ends_with('}')) {
    // One object over several lines, or lines of which the first is broken.
    simdjson::ondemand::parser parser;
    read_part(parser, text, content, read, decoded);
    if (decoded.records.empty()) {
      app::Decoded by_line;
      done = read_lines(text, content, read, by_line);
      if (!by_line.records.empty()) decoded = std::move(by_line);
    }
  } else {
    done = read_lines(text, content, read, decoded);
  }
  if (!done) return std::unexpected(done.error());
  if (decoded.records.empty() && !decoded.unreadable.empty()) {
    return fail(Fault::invalid, "nothing in the body could be read: {}", decoded.unreadable.front().why);
  }
  return decoded;
}

}  // namespace countersign::webhooks
