// systemd-journal-upload: the journal's export format (journal_entry.hpp). systemd-journal-remote answers 202, and any
// 2xx is taken.
#include "base/text.hpp"
#include "webhooks/journal_cutter.hpp"
#include "webhooks/journal_entry.hpp"
#include "webhooks/json_values.hpp"
#include "webhooks/providers.hpp"
#include "webhooks/record_fields.hpp"

namespace countersign::webhooks {
namespace {

using JournalFields = std::vector<std::pair<std::string, std::string>>;

class Journal final : public app::Decoder {
 public:
  explicit Journal(Options options) : options_(std::move(options)) {}

  [[nodiscard]] Result<app::Decoded> decode(const app::Delivery& delivery) const override {
    // Pieces come as they are; one may begin with any bytes.
    const auto body = delivery.beside_good ? Result<std::string>(delivery.body)
                                           : inflate_body(delivery.body, delivery.content_encoding, options_.bound);
    if (!body) return std::unexpected(body.error());
    app::Decoded decoded;
    constexpr std::size_t most_fields = 1'024;  // journald's own bound
    DeliveryBound bound(body->size());
    std::string_view rest = *body;
    while (true) {
      while (rest.starts_with('\n'))
        rest.remove_prefix(1);
      if (rest.empty()) break;
      if (auto room = bound.check(decoded); !room) return std::unexpected(room.error());
      const auto whole = rest;
      JournalFields fields;
      const auto end = read_entry(rest, [&](std::string_view name, std::string_view value) {
        if (fields.size() < most_fields) fields.emplace_back(name, value);
      });
      // A body's last entry may lack the empty line.
      if (end != EntryEnd::whole && !rest.empty()) {
        add_unreadable(decoded, clean_utf8(whole.substr(0, 512)), "the entry is broken or cut");
        find_next_entry(rest);
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
    decoded.reply = app::Reply{202, {{"Content-Type", "text/plain; charset=utf-8"}}, "OK.\n"};
    if (delivery.beside_good) return decoded;
    return unless_all_unreadable(std::move(decoded));
  }

  /// A host sends all that it has not sent, which may be years of it, in one request.
  [[nodiscard]] std::unique_ptr<app::Cutter> cutter(std::size_t most) const override {
    return std::make_unique<JournalCutter>(most);
  }

  /// What is held of one that comes in pieces.
  [[nodiscard]] std::size_t body_limit() const override { return std::size_t{64} << 20; }

 private:
  Options options_;
};

}  // namespace

Made make_journal(const Options& options) {
  return std::make_unique<Journal>(options);
}

}  // namespace countersign::webhooks
