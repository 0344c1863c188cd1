// systemd-journal-upload: the journal's export format (systemd.io/JOURNAL_EXPORT_FORMATS), entries apart by an empty
// line, a field as NAME=VALUE or, where it holds anything, as NAME, a newline, its length in 8 bytes little-endian, the
// bytes and a newline. systemd-journal-remote answers 202, and any 2xx is taken.
#include <bit>
#include <cstring>

#include "base/text.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

using JournalFields = std::vector<std::pair<std::string, std::string>>;
enum class EntryEnd { whole, broken };

/// One entry's fields; what begins after it stays in `rest`. Of one that breaks off, everything up to the next line
/// that begins an entry is passed over.
EntryEnd read_fields_of_entry(std::string_view& rest, JournalFields& fields) {
  constexpr std::size_t kMostFields = 1'024;  // journald's own bound
  while (!rest.empty() && rest.front() != '\n') {
    const auto line_end = rest.find('\n');
    const auto line = rest.substr(0, line_end);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      if (fields.size() < kMostFields) fields.emplace_back(line.substr(0, equals), line.substr(equals + 1));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      continue;
    }
    std::uint64_t size = 0;
    const auto head = line.size() + 1 + sizeof size;
    if (line_end == std::string_view::npos || rest.size() < head) return EntryEnd::broken;
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(&size, rest.data() + line.size() + 1, sizeof size);
    if (size >= rest.size() - head || rest[head + size] != '\n') return EntryEnd::broken;
    if (fields.size() < kMostFields) fields.emplace_back(line, rest.substr(head, size));
    rest.remove_prefix(head + size + 1);
  }
  return EntryEnd::whole;
}

class Journal final : public app::Decoder {
 public:
  explicit Journal(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    const auto body = inflate_body(delivery.body, delivery.content_encoding, options_.bound);
    if (!body) return std::unexpected(body.error());
    app::Decoded decoded;
    DeliveryBound bound(body->size());
    std::string_view rest = *body;
    while (true) {
      while (rest.starts_with('\n'))
        rest.remove_prefix(1);
      if (rest.empty()) break;
      if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
      const auto whole = rest;
      JournalFields fields;
      if (read_fields_of_entry(rest, fields) == EntryEnd::broken) {
        add_unreadable(decoded, clean_utf8(whole.substr(0, 512)), "the entry is broken or cut");
        const auto next = rest.find("\n__CURSOR=");
        rest.remove_prefix(next == std::string_view::npos ? rest.size() : next + 1);
        continue;
      }
      core::Record record;
      std::string why;
      for (const auto& [name, value] : fields)
        if (name == "__CURSOR") record.provider_id = value;
      read_fields(fields, {}, options_.zone, delivery.arrival, record, why);
      if (why.empty())
        decoded.records.push_back(std::move(record));
      else if (!record.provider_id.empty() && fields.size() > 1)
        continue;  // an entry without MESSAGE, which the journal has: there is nothing to read
      else
        add_unreadable(decoded, whole.substr(0, whole.size() - rest.size()), "the entry has no MESSAGE");
    }
    auto read = unless_all_unreadable(std::move(decoded));
    if (read) read->reply = app::Reply{202, {{"Content-Type", "text/plain; charset=utf-8"}}, "OK.\n"};
    return read;
  }

  /// What a host has to say after a while without us.
  [[nodiscard]] std::size_t body_limit() const override { return std::size_t{64} << 20; }

 private:
  Options options_;
};

}  // namespace

Made make_journal(const Options& options) {
  return std::make_unique<Journal>(options);
}

}  // namespace countersign::webhooks
