// The host's own auth log as a witness: lines of a file or of the journal, forwarded as they are for the server's rules
// to read. Lines of other programs than sshd may show command lines and are redacted. One thread.
#pragma once

#include <functional>
#include <memory>

#include "agent/redaction.hpp"
#include "agent/witness/witness.hpp"
#include "intake/feed.hpp"

namespace countersign::agent {

class LogWitness final : public Witness {
 public:
  struct Settings {
    std::string path;  // empty: the journal
    bool from_start = false;
    std::string host;
    std::string place;  // where it stood; empty the first time
  };
  /// `redactor` must outlive it.
  LogWitness(Settings settings, const Redactor& redactor);

  [[nodiscard]] std::string witness_class() const override { return "log"; }
  Result<void> open() override;
  Result<Look> look(Timestamp now) override;
  [[nodiscard]] bool gives_again() const override { return true; }
  void taken() override;

 private:
  [[nodiscard]] std::string to_json(const core::Record& record) const;
  const Settings settings_;
  const Redactor& redactor_;
  std::unique_ptr<intake::Feed> feed_;
  bool placed_;  // a place has been given
};

}  // namespace countersign::agent
