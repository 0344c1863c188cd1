// What one delivery brought, read by the rules and waiting for the writer: the half of taking messages in that all
// sources share. Filled by one thread, then written inside a Work, which may be run again.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/admission.hpp"
#include "app/ingest.hpp"

namespace countersign::app {

/// A message that is no event, and that another program wrote than it says.
struct Mismatched {
  std::string host, program, words;
  Timestamp time{};
};

struct ReadBatch {
  std::shared_ptr<const Policy> policy;  // keeps the rules that arrivals point to
  Timestamp now{};
  std::vector<Arrival> arrivals;
  std::vector<Quarantined> unread;
  std::vector<Mismatched> mismatched;  // one a host
  std::set<std::string> hosts;         // that were heard of; the first thousand
  std::string left_out;                // what its provider says it did not bring
  Tally tally;                         // of what was read; `received` and `quarantined` are the caller's to set
  Tally written;                       // and of what became of it
};

/// A message: the rules say what it is.
void read_message(ReadBatch& batch, const Source& source, core::Record record);

/// An event that is in the schema already. Its `raw` is what redeliveries are told by.
void read_event(ReadBatch& batch, const Source& source, PostedEvent posted);

/// Something that could not be read at all: kept with its reason. Having no id, it is known again by its content, and
/// by which `copy` in its delivery it is, from 1 on.
void keep_unreadable(ReadBatch& batch, const Source& source, std::string_view host, const Unreadable& unreadable,
                     std::size_t copy);

/// Admits what was read, quarantines the rest, counts both.
Result<void> write_batch(Ledger& ledger, const Source& source, ReadBatch& batch);

}  // namespace countersign::app
