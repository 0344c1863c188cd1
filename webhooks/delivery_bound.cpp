#include "webhooks/delivery_bound.hpp"

namespace countersign::webhooks {
namespace {

std::size_t text_held(const core::Record& record) {
  return record.host.size() + record.program.size() + record.message.size() + record.provider_id.size() +
         record.object.size() + (record.writer ? record.writer->comm.size() + record.writer->exe.size() : 0);
}

}  // namespace

Result<void> DeliveryBound::check(const app::Decoded& decoded) {
  for (; counted_ < decoded.records.size(); ++counted_)
    held_ += text_held(decoded.records[counted_]);
  if (decoded.records.size() + decoded.unreadable.size() >= kMostParts)
    return fail(Fault::too_large, "more than {} parts in one delivery; send smaller batches", kMostParts);
  if (held_ > text_ * kMostGrowth + counted_ * kSharedText)
    return fail(Fault::too_large, "what the delivery says once for many records is too long to be told of each");
  return {};
}

}  // namespace countersign::webhooks
