// A fault of a configuration or rule file: where, what, and the mend. Passive data.
#pragma once

#include <string>
#include <vector>

namespace countersign::settings {

struct Problem {
  std::string file;
  int line = 1;
  std::string text;      // what is wrong; then the mend
  bool warning = false;  // the service starts all the same
};

using Problems = std::vector<Problem>;

/// "FILE:LINE: text", warnings with "warning: " before the text.
std::string to_text(const Problem& problem);
bool has_errors(const Problems& problems);
/// By file, then line.
void sort_by_place(Problems& problems);

}  // namespace countersign::settings
