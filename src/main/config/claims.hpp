// Values that one owner alone may claim: keys, names, aliases. The second claim is a problem where it stands.
// One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "settings/section.hpp"

namespace countersign::cli {

using settings::Document, settings::Section;

class Claims {
 public:
  /// `what` is claimed ("the key"), `mend` says what to do about two owners.
  Claims(std::string_view what, std::string_view mend) : what_(what), mend_(mend) {}

  void claim(Section& at, std::string_view key, const std::string& value, const std::string& owner);

 private:
  std::string_view what_, mend_;
  std::map<std::string, std::string> owners_;
};

/// Everything about people and hosts that must be claimed once over all files.
struct Roll {
  Claims names{"the name", "give each person their own name"};
  Claims keys{"the key", "a key proves one person, so remove it from one of them"};
  Claims slack{"the Slack user", "give each person their own"};
  Claims certificates{"the certificate id", "an id with its CA proves one person, so remove it from one of them"};
  Claims services{"the service account", "write one [[service_account]] for it"};
  Claims hosts{"the host name", "a name or alias means one host"};
};

}  // namespace countersign::cli
