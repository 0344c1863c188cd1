// Two accounts of one login under two host names: the names are one machine's, as far as one login can tell. Pure.
#pragma once

#include "core/reconcile/testimony.hpp"

namespace countersign::core {

/// Whether a log's account under another host name tells of the login that the kernel saw: address, port and user are
/// known to both and the same, so is the process's id unless the line bears none, the times lie within `window`, and
/// the two came under different credentials, so that nobody can say both. Who only writes lines can't make it true
/// without a real login.
bool told_elsewhere(const Testimony& kernel, const Testimony& log, Duration window);

}  // namespace countersign::core
