#include "ebpf/mend.hpp"

#include <cerrno>
#include <cstring>

namespace countersign::ebpf {

std::string mend_of(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return "run it as root, or with CAP_BPF and CAP_PERFMON; in a container, where the host forbids it, run it on "
             "the "
             "host; under kernel lockdown \"confidentiality\" it can't run";
    case ENOENT:
    case ESRCH:
      return "it takes Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux)";
    case EINVAL:
    case ENOTSUP:
      return "the kernel knows an older eBPF: Linux 6.3 or later has all that is used";
    case ENOSYS:
      return "this kernel was built without eBPF (CONFIG_BPF_SYSCALL)";
    case ENOMEM:
      return "memory, or RLIMIT_MEMLOCK, is too small";
    default:
      return "countersign-agent doctor tries each part by itself";
  }
}

std::unexpected<Error> unavailable(std::string_view step, int error) {
  return fail(Fault::unavailable, "eBPF unavailable: {} (errno {}), could not {}; {}", strerrordesc_np(error), error,
              step, mend_of(error));
}

}  // namespace countersign::ebpf
