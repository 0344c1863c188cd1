// What a structured message (JSON) says, as its leaves by path:
// "userIdentity.sessionContext.attributes.mfaAuthenticated", "target.0.alternateId"; a '.' or '\' of a key's own has a
// '\' before it, so that no key can pass for a path. Numbers and truth values are as they were written; what is null or
// empty is not there. Owns its text.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace countersign::core {

class Fields {
 public:
  /// Of a path given twice the first is kept.
  void add(std::string path, std::string text) { leaves_.emplace(std::move(path), std::move(text)); }

  /// The leaf's text, or null.
  [[nodiscard]] const std::string* find(std::string_view path) const {
    const auto found = leaves_.find(path);
    return found == leaves_.end() ? nullptr : &found->second;
  }
  /// The first leaf, in the paths' order, that `wanted` takes, of a path in which each "[*]" stands for any element of
  /// a list ("events[*].name"); null where there is none. Looks at what lies under the text before the first "[*]"
  /// alone.
  [[nodiscard]] const std::string* find_any(std::string_view path,
                                            const std::function<bool(std::string_view)>& wanted) const;
  static bool names_any(std::string_view path) { return path.contains("[*]"); }

  [[nodiscard]] std::size_t size() const { return leaves_.size(); }

  /// A key as it stands in a path.
  static std::string escaped(std::string_view key);

 private:
  std::map<std::string, std::string, std::less<>> leaves_;  // path → text
};

}  // namespace countersign::core
