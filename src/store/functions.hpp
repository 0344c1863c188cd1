// SQL functions that give the store's searches the exact meaning of core::matches, and of what a login is:
//   star_match(pattern, text)  '*' stands for any run of bytes; linear, where GLOB backtracks
//   rfc3339(micros)            the text of a time; '' for 0, which is none
//   id_text(id)                the text of an id; '' for NULL
//   in_network(network, text)  whether it is an address of that network
//   is_login(action[, kinds])  core::is_login
#pragma once

#include <sqlite3.h>

namespace countersign::store {

void add_functions(sqlite3* connection);

}  // namespace countersign::store
