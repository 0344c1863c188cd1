/* Sockets: what a file descriptor is, who is at the other end, and the system call a socket is used by. */
#pragma once

#include "ebpf/state.bpf.h"

#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_LISTEN 10
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define FD_SCAN_MAX 1024

#if defined(__TARGET_ARCH_x86)
#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_SENDTO 44
#define REGS_NR(regs) BPF_CORE_READ(regs, orig_ax)
#define REGS_ARG1(regs) BPF_CORE_READ(regs, di)
#define REGS_ARG2(regs) BPF_CORE_READ(regs, si)
#define REGS_ARG3(regs) BPF_CORE_READ(regs, dx)
#elif defined(__TARGET_ARCH_arm64)
#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_SENDTO 206
#define REGS_NR(regs) BPF_CORE_READ(regs, syscallno)
#define REGS_ARG1(regs) BPF_CORE_READ(regs, regs[0])
#define REGS_ARG2(regs) BPF_CORE_READ(regs, regs[1])
#define REGS_ARG3(regs) BPF_CORE_READ(regs, regs[2])
#else
#error "the registers of this architecture are not known here"
#endif

/* read(fd, buffer, …), write(fd, buffer, …) or sendto(fd, buffer, …), as the current task called it. */
struct call {
  u64 number;
  u64 fd;
  u64 buffer;
  u64 size;
};

ALWAYS_INLINE void current_call(struct call* call) {
  struct pt_regs* regs = (struct pt_regs*)bpf_task_pt_regs(bpf_get_current_task_btf());
  call->number = REGS_NR(regs);
  call->fd = REGS_ARG1(regs);
  call->buffer = REGS_ARG2(regs);
  call->size = REGS_ARG3(regs);
}

ALWAYS_INLINE u16 family_of(struct sock* sk) {
  return BPF_CORE_READ(sk, __sk_common.skc_family);
}

/* A TCP socket with somebody at the other end, whatever became of them. */
ALWAYS_INLINE bool is_connected(struct sock* sk) {
  u16 family = family_of(sk);
  if (family != AF_INET && family != AF_INET6) return false;
  return BPF_CORE_READ(sk, __sk_common.skc_dport) && BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTEN;
}

ALWAYS_INLINE void fill_peer(struct wire_peer* peer, struct sock* sk) {
  __builtin_memset(peer, 0, sizeof(*peer));
  peer->family = family_of(sk);
  peer->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
  peer->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
  if (peer->family == AF_INET) {
    u32 remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
    u32 local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
    __builtin_memcpy(peer->remote, &remote, sizeof(remote));
    __builtin_memcpy(peer->local, &local, sizeof(local));
  } else {
    BPF_CORE_READ_INTO(&peer->remote, sk, __sk_common.skc_v6_daddr);
    BPF_CORE_READ_INTO(&peer->local, sk, __sk_common.skc_v6_rcv_saddr);
  }
}

struct fd_scan {
  struct file** files;
  u32 limit;
  struct sock* found;
};

static long look_at_fd(u32 index, void* context) {
  struct fd_scan* scan = context;
  if (index >= scan->limit) return 1;
  struct file* file = 0;
  if (bpf_probe_read_kernel(&file, sizeof(file), &scan->files[index]) || !file) return 0;
  if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK) return 0;
  struct socket* socket = BPF_CORE_READ(file, private_data);
  struct sock* sk = BPF_CORE_READ(socket, sk);
  if (!sk || !is_connected(sk)) return 0;
  scan->found = sk;
  return 1;
}

/* The first connected TCP socket among the task's lowest `most` descriptors, or none. */
ALWAYS_INLINE struct sock* connection_of(struct task_struct* task, u32 most) {
  struct fdtable* table = BPF_CORE_READ(task, files, fdt);
  if (!table) return 0;
  struct fd_scan scan = {.files = BPF_CORE_READ(table, fd), .limit = BPF_CORE_READ(table, max_fds), .found = 0};
  if (scan.limit > most) scan.limit = most;
  bpf_loop(FD_SCAN_MAX, look_at_fd, &scan, 0);
  return scan.found;
}
