#include "app/ingest.hpp"

#include <map>
#include <memory>

#include "app/gap.hpp"
#include "app/read_batch.hpp"

namespace countersign::app {
namespace {

/// May be run again.
Result<void> write_marked(Ledger& ledger, const Source& source, ReadBatch& batch, const std::optional<Mark>& mark) {
  if (auto written = write_batch(ledger, source, batch); !written) return written;
  if (!batch.left_out.empty() && source.live)
    if (auto found = find_gap(ledger, *batch.policy, source.name, batch.left_out, batch.now); !found) return found;
  return mark ? ledger.set_mark(mark->name, mark->value) : Result<void>();
}

}  // namespace

void Ingest::messages(const Source& source, Decoded decoded, Done done, std::optional<Mark> mark) {
  auto batch = std::make_shared<ReadBatch>();
  batch->policy = policy_.current();
  batch->now = clock_.now();
  batch->left_out = std::move(decoded.left_out);
  batch->tally.received = decoded.records.size() + decoded.unreadable.size();
  batch->arrivals.reserve(decoded.records.size());
  for (auto& record : decoded.records)
    read_message(*batch, source, std::move(record));
  std::map<std::string_view, std::size_t> copies;  // of what is unreadable: the same twice in one delivery are two
  for (const auto& unreadable : decoded.unreadable)
    keep_unreadable(*batch, source, "", unreadable, ++copies[unreadable.digest]);
  batch->tally.quarantined = batch->unread.size();
  if (batch->tally.received == 0 && !mark && batch->left_out.empty()) return done(batch->tally);
  store_.write_repeatable(
      [batch, source, mark = std::move(mark)](Ledger& ledger) { return write_marked(ledger, source, *batch, mark); },
      [batch, done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(batch->written);
        else
          done(std::unexpected(written.error()));
      });
}

void Ingest::event(const Source& source, PostedEvent posted, std::move_only_function<void(Result<Accepted>)> done) {
  ReadBatch read;
  read.policy = policy_.current();
  read.now = clock_.now();
  read_event(read, source, std::move(posted));
  auto accepted = std::make_shared<Accepted>();
  store_.write(
      [policy = read.policy, now = read.now, accepted, source,
       arrival = std::move(read.arrivals.front())](Ledger& ledger) mutable -> Result<void> {
        Admission admission(ledger, *policy, now);
        const auto admitted = admission.admit(std::move(arrival));
        if (!admitted) return std::unexpected(admitted.error());
        *accepted = {admitted->event, admitted->duplicate};
        const auto name = admitted->duplicate ? "duplicates" : "events";
        return ledger.count(fmt::format("messages.{}.{}", name, source.name), 1, now);
      },
      [accepted, done = std::move(done)](Result<void> written) mutable {
        if (written)
          done(*accepted);
        else
          done(std::unexpected(written.error()));
      });
}

}  // namespace countersign::app
