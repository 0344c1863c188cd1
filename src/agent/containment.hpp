// What becomes of the server's requests: read, done once, reported. Lives on the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/contain.hpp"
#include "agent/courier.hpp"
#include "agent/stream.hpp"
#include "ebpf/sighting.hpp"

namespace countersign::agent {

class Containment {
 public:
  struct Parts {
    bool allowed = false;  // contain = true
    std::function<Addressee()> addressee;
    std::function<std::vector<ebpf::Session>()> sessions;  // as the kernel's witness knows them
    std::function<Result<void>(std::int64_t pid, std::int64_t start)> end;
    std::function<void(Spooled)> report;
    std::function<void(const std::string&)> tell;
  };
  explicit Containment(Parts parts) : parts_(std::move(parts)) {}

  void asked(const std::vector<Asked>& requests, Timestamp now);

 private:
  Result<void> carry_out(const EndSession& request);
  void report(const std::string& id, const EndSession& request, const Result<void>& outcome, Timestamp now);
  const Parts parts_;
  std::map<std::string, Timestamp> done_;  // requests already answered, and when to forget them
};

}  // namespace countersign::agent
