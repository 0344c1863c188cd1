// Heroku's Logplex drains (devcenter.heroku.com/articles/log-drains, "HTTPS drains"): application/logplex-1, frames of
// "LENGTH SP MESSAGE" with syslog lines that have no structured data at all. Any 2xx takes them.
#include <fmt/format.h>

#include <array>

#include "base/text.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

constexpr std::string_view kDigits = "0123456789";

/// The next frame's message; nullopt where no length stands or the body is shorter than it says.
std::optional<std::string_view> next_frame(std::string_view& rest) {
  constexpr std::size_t kLongestLength = 8;
  const auto digits = std::min(rest.find_first_not_of(kDigits), rest.size());
  if (digits == 0 || digits > kLongestLength || digits == rest.size() || rest[digits] != ' ') return std::nullopt;
  const auto size = static_cast<std::size_t>(*read_number(rest.substr(0, digits)));
  if (size > rest.size() - digits - 1) return std::nullopt;
  const auto frame = rest.substr(digits + 1, size);
  rest.remove_prefix(digits + 1 + size);
  return frame;
}

/// <PRI>1 TIME HOST APP PROCID MSGID MESSAGE
bool read_frame(std::string_view frame, core::Record& record) {
  std::array<std::string_view, 6> words;
  for (auto& word : words) {
    const auto blank = frame.find(' ');
    if (blank == std::string_view::npos) return false;
    word = frame.substr(0, blank);
    frame.remove_prefix(blank + 1);
  }
  if (!words[0].starts_with('<') || !words[0].ends_with(">1")) return false;
  const auto known = [](std::string_view word) { return word == "-" ? std::string() : std::string(word); };
  record.time = read_time(words[1]);
  record.host = known(words[2]);
  record.program = known(words[3]);
  record.pid = read_number(words[4]);
  if (frame.ends_with('\n')) frame.remove_suffix(1);
  if (frame.ends_with('\r')) frame.remove_suffix(1);
  record.message = std::string(frame);
  return record.time.has_value() && !record.message.empty();
}

class Logplex final : public app::Decoder {
 public:
  explicit Logplex(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    const auto body = inflate_body(delivery.body, delivery.content_encoding, options_.bound);
    if (!body) return std::unexpected(body.error());
    const auto frame_id = delivery.header("Logplex-Frame-Id");
    app::Decoded decoded;
    DeliveryBound bound(body->size());
    std::string_view rest = *body;
    std::size_t count = 0;
    while (!rest.empty()) {
      if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
      const auto frame = next_frame(rest);
      if (!frame) {
        // Past the broken one: to the next line that may begin a frame.
        const auto line = std::min(rest.find('\n'), rest.size() - 1) + 1;
        add_unreadable(decoded, rest.substr(0, line), "the frame's length is missing or wrong");
        rest.remove_prefix(line);
        continue;
      }
      core::Record record;
      if (!read_frame(*frame, record)) {
        add_unreadable(decoded, *frame, "the frame holds no syslog line");
      } else {
        if (!frame_id.empty()) record.provider_id = fmt::format("{}/{}", frame_id, count);
        decoded.records.push_back(std::move(record));
      }
      ++count;
    }
    const auto promised = read_number(delivery.header("Logplex-Msg-Count"));
    if (promised && static_cast<std::size_t>(*promised) > count && decoded.unreadable.empty())
      add_unreadable(decoded, {}, fmt::format("{} of {} messages came", count, *promised));
    if (promised && static_cast<std::size_t>(*promised) > count)
      decoded.left_out = fmt::format("{} of {} messages of a delivery came", count, *promised);
    return unless_all_unreadable(std::move(decoded));
  }

 private:
  Options options_;
};

}  // namespace

Made make_logplex(const Options& options) {
  return std::make_unique<Logplex>(options);
}

}  // namespace countersign::webhooks
