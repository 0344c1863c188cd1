// SSH logins as the kernel sees them: eBPF programs follow each connection from sshd's listener by parentage, and the
// records they leave in two rings become sightings here. Owns the programs, which end with it. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ebpf/sighting.hpp"

namespace countersign::ebpf {

struct KernelSettings {
  bool auth_detail = true;  // user, method and key by the privilege-separation monitor; without it user by uid alone
  bool commands = false;    // programs run in sessions, with their arguments
  /// Executables known to be sshd, beside those recognised by themselves: named sshd, sshd-session or sshd-auth, owned
  /// by root, writable by nobody else, and run by root.
  std::vector<std::string> daemons = {"/usr/sbin/sshd"};
  std::size_t login_ring = 1 << 20;   // bytes; powers of two, at least a page. Each counts twice in the resident set
  std::size_t detail_ring = 1 << 20;  // bytes
};

class KernelWitness {
 public:
  /// Loads and attaches; then sshd's listeners and the sessions that run already are adopted. Needs CAP_BPF and
  /// CAP_PERFMON, nothing of them afterwards. Fault::unavailable says the step, the errno and the mend.
  static Result<std::unique_ptr<KernelWitness>> open(const KernelSettings& settings, const Clock& clock);

  virtual ~KernelWitness() = default;

  /// Readable (poll, epoll) when drain() has something to do.
  [[nodiscard]] virtual int fd() const = 0;
  /// Gives all that waits, logins before detail, each in the order it happened. To be called at each heartbeat too:
  /// after a loss the sessions that run are looked at again.
  virtual void drain(const std::function<void(Sighting)>& sighting) = 0;
  /// What was lost since the last call. Call it after drain(): a loss is counted when it happens, not when it is read.
  virtual Losses take_losses() = 0;
  /// As of the last drain(), oldest first.
  [[nodiscard]] virtual std::vector<Session> sessions() const = 0;
};

}  // namespace countersign::ebpf
