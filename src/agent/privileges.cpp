#include "agent/privileges.hpp"

#include <cap-ng.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace countersign::agent {
namespace {

// What a program of one event loop, files, sockets, a resolver's thread and mapped buffers calls. Everything else fails
// as if the kernel had never heard of it, above all execve, ptrace, mount, and loading programs into the kernel.
constexpr const char* allowed_calls[] = {"read",
                                         "readv",
                                         "pread64",
                                         "write",
                                         "writev",
                                         "pwrite64",
                                         "lseek",
                                         "close",
                                         "close_range",
                                         "fsync",
                                         "fdatasync",
                                         "ftruncate",
                                         "fallocate",
                                         "open",
                                         "openat",
                                         "stat",
                                         "fstat",
                                         "lstat",
                                         "newfstatat",
                                         "statx",
                                         "statfs",
                                         "fstatfs",
                                         "access",
                                         "faccessat",
                                         "faccessat2",
                                         "readlink",
                                         "readlinkat",
                                         "getdents64",
                                         "getcwd",
                                         "mkdir",
                                         "mkdirat",
                                         "unlink",
                                         "unlinkat",
                                         "rename",
                                         "renameat",
                                         "renameat2",
                                         "rmdir",
                                         "umask",
                                         "fcntl",
                                         "ioctl",
                                         "dup",
                                         "dup2",
                                         "dup3",
                                         "pipe2",
                                         "poll",
                                         "ppoll",
                                         "select",
                                         "pselect6",
                                         "epoll_create1",
                                         "epoll_ctl",
                                         "epoll_wait",
                                         "epoll_pwait",
                                         "eventfd2",
                                         "timerfd_create",
                                         "timerfd_settime",
                                         "timerfd_gettime",
                                         "inotify_init1",
                                         "inotify_add_watch",
                                         "inotify_rm_watch",
                                         "socket",
                                         "connect",
                                         "bind",
                                         "listen",
                                         "accept4",
                                         "getsockname",
                                         "getpeername",
                                         "getsockopt",
                                         "setsockopt",
                                         "sendto",
                                         "sendmsg",
                                         "sendmmsg",
                                         "recvfrom",
                                         "recvmsg",
                                         "recvmmsg",
                                         "shutdown",
                                         "socketpair",
                                         "chmod",
                                         "fchmod",
                                         "mmap",
                                         "munmap",
                                         "mremap",
                                         "mprotect",
                                         "madvise",
                                         "brk",
                                         "clone",
                                         "clone3",
                                         "set_robust_list",
                                         "rseq",
                                         "futex",
                                         "exit",
                                         "exit_group",
                                         "rt_sigaction",
                                         "rt_sigprocmask",
                                         "rt_sigreturn",
                                         "sigaltstack",
                                         "restart_syscall",
                                         "clock_gettime",
                                         "clock_getres",
                                         "clock_nanosleep",
                                         "nanosleep",
                                         "gettimeofday",
                                         "time",
                                         "getrandom",
                                         "getpid",
                                         "gettid",
                                         "getppid",
                                         "getuid",
                                         "geteuid",
                                         "getgid",
                                         "getegid",
                                         "getgroups",
                                         "uname",
                                         "sysinfo",
                                         "prctl",
                                         "prlimit64",
                                         "getrlimit",
                                         "sched_yield",
                                         "sched_getaffinity",
                                         "tgkill",
                                         "membarrier",
                                         "pidfd_open",
                                         "pidfd_send_signal",
                                         "flock",
                                         "fadvise64",
                                         "name_to_handle_at"};
constexpr int map_commands[] = {1, 2, 3, 4, 24};  // of bpf(2): look up, update, delete, next key, look up a batch

void drop_capabilities(const Need& need, std::vector<std::string>& left) {
  capng_clear(CAPNG_SELECT_ALL);
  if (need.end_sessions)
    capng_updatev(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_KILL, -1);
  // The bounding set takes a right of its own to shrink, which a service need not have: its unit does that.
  if (capng_apply(CAPNG_SELECT_BOTH) != 0 && capng_apply(CAPNG_SELECT_CAPS) != 0)
    left.emplace_back("capabilities are kept: they can't be dropped");
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) left.emplace_back("new privileges can't be refused");
}

void filter_calls(std::vector<std::string>& left) {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)),
                                                                 &seccomp_release);
  bool made = filter != nullptr && seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0;
  for (const auto* name : allowed_calls) {
    const int number = seccomp_syscall_resolve_name(name);
    if (made && number != __NR_SCMP_ERROR) seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0);
  }
  for (const int command : map_commands) {
    const scmp_arg_cmp only{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command), 0};
    if (made) seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, &only);
  }
  if (!made || seccomp_load(filter.get()) != 0) left.emplace_back("system calls are not filtered (seccomp)");
}

// Rights of the first version of Landlock (kernel 5.13): all of them are handled.
constexpr std::uint64_t may_read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t may_write = may_read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK;
constexpr std::uint64_t of_files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

void allow_below(int rules, const std::string& path, std::uint64_t rights) {
  const int parent = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (parent < 0) return;  // not there: nothing to allow
  struct stat status{};
  if (::fstat(parent, &status) == 0 && !S_ISDIR(status.st_mode)) rights &= of_files;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = parent;
  ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
  ::close(parent);
}

void close_files(const Need& need, std::vector<std::string>& left) {
  landlock_ruleset_attr all{};
  all.handled_access_fs = may_write | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                          LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
  const auto rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0U));
  if (rules < 0) {
    left.emplace_back("the file system is not closed off (no Landlock in this kernel)");
    return;
  }
  for (const auto* system : {"/etc", "/usr", "/lib", "/lib64", "/proc", "/run/systemd", "/run/resolvconf", "/dev"})
    allow_below(rules, system, may_read);
  for (const auto& path : need.readable)
    allow_below(rules, path, may_read);
  for (const auto& path : need.writable)
    allow_below(rules, path, may_write);
  if (::syscall(SYS_landlock_restrict_self, rules, 0U) != 0)
    left.push_back(fmt::format("the file system is not closed off: {}", std::strerror(errno)));
  ::close(rules);
}

}  // namespace

std::vector<std::string> give_up_privileges(const Need& need) {
  std::vector<std::string> left;
  drop_capabilities(need, left);
  close_files(need, left);
  filter_calls(left);
  return left;
}

}  // namespace countersign::agent
