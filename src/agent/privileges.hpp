// What the running agent no longer needs, given up for good: capabilities, new privileges, most system calls, most of
// the file system. Called once, on the first thread, when the probes are in place.
#pragma once

#include <string>
#include <vector>

namespace countersign::agent {

struct Need {
  bool end_sessions = false;          // CAP_KILL: contain = true
  std::vector<std::string> readable;  // files and folders beside the system's own
  std::vector<std::string> writable;  // the spool, the sockets' folder
};

/// Each thing that could not be given up, for a person; empty when all is done.
std::vector<std::string> give_up_privileges(const Need& need);

}  // namespace countersign::agent
