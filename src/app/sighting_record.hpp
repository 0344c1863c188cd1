// A sighting as the daily root hashes it and a bundle lists it: one line of JSON whose bytes are the record. Pure.
#pragma once

#include <string>

#include "app/audit_records.hpp"

namespace countersign::app {

/// How today's days are hashed. A day keeps the version that its root was made with.
inline constexpr int record_version = 2;

/// {"arrival_stamped","digest","event","event_count","event_time","id","provider_id","received_at","said":{…},"source",
/// "time","witness"}: keys sorted, no blanks, what is not UTF-8 replaced. `digest` is that of what was delivered, in
/// hex, so it also stands for a line whose text is kept no more; `said` has ECS names, without those that hold nothing;
/// `event_count` and `event_time`, which never change, are not in version 1.
std::string record_of(const TakenSighting& taken, int version = record_version);

}  // namespace countersign::app
