// A sighting as the daily root hashes it and a bundle lists it: one line of JSON whose bytes are the record. Pure.
#pragma once

#include <string>

#include "app/audit_records.hpp"

namespace countersign::app {

/// {"arrival_stamped","digest","event","id","provider_id","received_at","said":{…},"source","time","witness"}: keys
/// sorted, no blanks, what is not UTF-8 replaced. `digest` is that of what was delivered, in hex, so it also stands
/// for a line whose text is kept no more; `said` has ECS names, without those that hold nothing.
std::string record_of(const TakenSighting& taken);

}  // namespace countersign::app
