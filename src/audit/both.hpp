// What the chain claims and what was seen in the store, by key: neither may have what the other has not. What the chain
// gained while the store was read may be seen and need not be. One thread; keeps a place in words for each key.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"

namespace countersign::audit {

class Both {
 public:
  void claim(std::string key, std::string place, bool late) {
    (late ? claimed_late_ : claimed_).emplace(std::move(key), std::move(place));
  }
  void see(std::string key, std::string place) { seen_.emplace(std::move(key), std::move(place)); }

  /// Fault::conflict names the first that one has and the other has not.
  [[nodiscard]] Result<void> agree() const;

 private:
  std::map<std::string, std::string> claimed_, claimed_late_, seen_;
};

}  // namespace countersign::audit
