// What was learnt about sources, as it comes back from the database.
#pragma once

#include "core/reconcile/learnt.hpp"
#include "store/rows.hpp"

/// The columns read_stream() reads, from `first` on.
#define COUNTERSIGN_STREAM_COLUMNS "source, witness, first, last, heard_at, lag, offset"

namespace countersign::store {

core::Stream read_stream(const Rows& rows, int first_column);
std::string pack(const core::Samples& samples);

}  // namespace countersign::store
