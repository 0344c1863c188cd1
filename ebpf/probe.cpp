#include "ebpf/probe.hpp"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/btf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>

#include "ebpf/mend.hpp"

namespace countersign::ebpf {
namespace {

/// A file descriptor that a try was given, closed again; the errno where there is none.
int closed(int fd) {
  if (fd < 0) return -fd;
  close(fd);
  return 0;
}

/// Loads "return 0", of the type and attach type; the errno or 0.
int try_program(bpf_prog_type type, bpf_attach_type attach, int btf_id) {
  constexpr std::array nothing = {
      bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = attach;
  options.attach_btf_id = static_cast<std::uint32_t>(btf_id);
  return closed(bpf_prog_load(type, "probe", "Dual BSD/GPL", nothing.data(), nothing.size(), &options));
}

int try_btf_program(const char* name, bpf_attach_type attach) {
  const int id = libbpf_find_vmlinux_btf_id(name, attach);
  return id < 0 ? -id : try_program(BPF_PROG_TYPE_TRACING, attach, id);
}

int try_ring() {
  return closed(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "probe", 0, 0, 4096, nullptr));
}

/// Storage that is a process's or a socket's own takes a BTF of its key and value.
int try_storage(bpf_map_type type) {
  btf* types = btf__new_empty();
  if (types == nullptr) return ENOMEM;
  const int number = btf__add_int(types, "int", 4, BTF_INT_SIGNED);
  int error = btf__load_into_kernel(types) == 0 ? 0 : errno;
  if (error == 0) {
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = BPF_F_NO_PREALLOC;
    options.btf_fd = static_cast<std::uint32_t>(btf__fd(types));
    options.btf_key_type_id = options.btf_value_type_id = static_cast<std::uint32_t>(number);
    error = closed(bpf_map_create(type, "probe", 4, 4, 0, &options));
  }
  btf__free(types);
  return error;
}

/// A function of the kernel that programs may call.
int try_function(const char* name) {
  btf* kernel = btf__load_vmlinux_btf();
  if (kernel == nullptr) return errno;
  const int id = btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC);
  btf__free(kernel);
  return id < 0 ? -id : 0;
}

int try_helper(bpf_func_id helper) {
  const int known = libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, helper, nullptr);
  if (known < 0) return -known;
  return known == 1 ? 0 : ENOSYS;
}

int try_read(const char* path) {
  return access(path, R_OK) == 0 ? 0 : errno;
}

}  // namespace

std::vector<Ability> probe_kernel() {
  const struct {
    const char* name;
    bool required;
    const char* purpose;
    std::function<int()> attempt;
  } tries[] = {
      {"BTF", true, "find the kernel's structures", [] { return try_read("/sys/kernel/btf/vmlinux"); }},
      {"bpf(2)", true, "load programs at all",
       [] { return try_program(BPF_PROG_TYPE_RAW_TRACEPOINT, bpf_attach_type(0), 0); }},
      {"tp_btf", true, "follow processes by fork, exec and exit",
       [] { return try_btf_program("sched_process_fork", BPF_TRACE_RAW_TP); }},
      {"sshd's sockets", true, "user, method and key, by tracepoints (Linux 6.3) or fentry",
       [] {
         const int error = try_btf_program("sock_send_length", BPF_TRACE_RAW_TP);
         return error == 0 || try_btf_program("unix_stream_sendmsg", BPF_TRACE_FENTRY) != 0 ? error : 0;
       }},
      {"tp_btf/inet_sock_set_state", true, "connections out of a session",
       [] { return try_btf_program("inet_sock_set_state", BPF_TRACE_RAW_TP); }},
      {"ring buffer", true, "hand records to the agent", [] { return try_ring(); }},
      {"task storage", true, "remember a process without bound or eviction",
       [] { return try_storage(BPF_MAP_TYPE_TASK_STORAGE); }},
      {"socket storage", true, "remember a connection out of a session",
       [] { return try_storage(BPF_MAP_TYPE_SK_STORAGE); }},
      {"iter/task", true, "adopt the sshd that runs already", [] { return try_btf_program("task", BPF_TRACE_ITER); }},
      {"bpf_loop", true, "look through a process's files", [] { return try_helper(BPF_FUNC_loop); }},
      {"bpf_task_from_pid", false, "SFTP transfers (Linux 6.2)", [] { return try_function("bpf_task_from_pid"); }},
      {"fentry", false, "in place of the sockets' tracepoints before Linux 6.3",
       [] { return try_btf_program("unix_stream_sendmsg", BPF_TRACE_FENTRY); }},
      {"syscall tracepoints (tracefs)", false, "not used: they would make every system call of the host dearer",
       [] { return try_read("/sys/kernel/tracing/events/syscalls"); }},
      {"uprobes", false, "not used: for your knowledge",
       [] { return try_read("/sys/bus/event_source/devices/uprobe/type"); }},
  };
  (void)libbpf_set_print(nullptr);  // the answer says it all
  std::vector<Ability> found;
  for (const auto& each : tries) {
    Ability ability;
    ability.name = each.name;
    ability.required = each.required;
    ability.purpose = each.purpose;
    ability.error = each.attempt();
    ability.ok = ability.error == 0;
    if (!ability.ok && each.required) ability.mend = mend_of(ability.error);
    found.push_back(std::move(ability));
  }
  return found;
}

}  // namespace countersign::ebpf
