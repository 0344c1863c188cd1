// A text file of the source tree, built into the program.
#pragma once

#include <string_view>

namespace countersign {

struct Embedded {
  std::string_view name;  // "0001_first.sql"
  std::string_view text;
};

}  // namespace countersign
