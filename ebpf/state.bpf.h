/* What the programs keep: a small state for each process of an sshd's family, in the process's own storage, so that no
 * flood of other processes can push it out; two rings; counters of what found no room. */
#pragma once

#include "ebpf/kernel_types.h"
/* the kernel's structures first */
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "ebpf/wire.h"

#define ALWAYS_INLINE static __attribute__((always_inline)) inline
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* Set before the programs are loaded. (Types that the skeleton knows too.) */
const volatile __u8 auth_detail = 1;
const volatile __u8 commands = 0;
const volatile __u32 preauth_uid = WIRE_NOBODY; /* the uid sshd speaks to strangers with, for adoption alone */

/* By wire_kind; read through shared memory, so no right is needed to. */
__u64 written[WIRE_KINDS];
__u64 lost[WIRE_KINDS];

enum {
  FLAG_SSHD = 1,    /* runs a known sshd's image */
  FLAG_LOGGED = 2,  /* its connection has logged in, as the monitor said */
  FLAG_COMMAND = 4, /* a WIRE_EXEC was written for it */
  FLAG_SFTP = 8     /* its server knows it as one that may serve SFTP */
};

#define SFTP_PROCESSES 4

struct sftp_process {
  u32 pid;   /* 0: none */
  u32 sends; /* of its server since it is known */
};

struct task_state {
  u32 role; /* wire_role */
  u32 flags;
  u32 conn_pid, conn_ns_pid, conn_ns_level;
  u32 children;   /* forked so far, of a monitor */
  u32 login_uid;  /* WIRE_NOBODY until known */
  u32 server_pid; /* of the process that serves the connection, for those of its session */
  u64 conn_start;
  u64 conn_sock; /* identity of the connection's socket */
  struct wire_peer peer;
  struct sftp_process sftp[SFTP_PROCESSES]; /* of the process that serves the connection */
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct task_state);
} states SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
} logins SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 21);
} details SEC(".maps");

ALWAYS_INLINE void count(u64* counters, u32 kind) {
  if (kind < WIRE_KINDS) __sync_fetch_and_add(&counters[kind], 1);
}

ALWAYS_INLINE void* reserve(void* ring, u64 size, u32 kind) {
  void* record = bpf_ringbuf_reserve(ring, size, 0);
  if (!record) { /* asked once: older verifiers don't remember the answer */
    count(lost, kind);
    return 0;
  }
  count(written, kind);
  return record;
}

ALWAYS_INLINE void output(void* ring, void* record, u64 size, u32 kind) {
  count(bpf_ringbuf_output(ring, record, size, 0) ? lost : written, kind);
}

ALWAYS_INLINE struct task_state* state_of(struct task_struct* task) {
  /* Most processes have nothing of anybody's: seen without a call. */
  if (bpf_core_field_exists(task->bpf_storage) && !task->bpf_storage) return 0;
  return bpf_task_storage_get(&states, task, 0, 0);
}

/* A state for the task, counted as lost where there is no memory. */
ALWAYS_INLINE struct task_state* make_state(struct task_struct* task) {
  struct task_state* made = bpf_task_storage_get(&states, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!made) count(lost, WIRE_STATE);
  return made;
}

ALWAYS_INLINE u32 uid_of(struct task_struct* task) {
  return BPF_CORE_READ(task, cred, uid.val);
}

ALWAYS_INLINE void fill_head(struct wire_head* head, u32 kind, u32 pid, const struct task_state* state) {
  head->kind = kind;
  head->conn_ns_level = state->conn_ns_level;
  head->pid = pid;
  head->at = bpf_ktime_get_boot_ns();
  head->conn_pid = state->conn_pid;
  head->conn_ns_pid = state->conn_ns_pid;
  head->conn_start = state->conn_start;
}

ALWAYS_INLINE u32 current_pid(void) {
  return bpf_get_current_pid_tgid() >> 32;
}

/* The connection is the task's own: from here on its descendants belong to it. */
ALWAYS_INLINE void begin_connection(struct task_state* state, struct task_struct* monitor) {
  struct pid* pid = BPF_CORE_READ(monitor, thread_pid);
  u32 level = BPF_CORE_READ(pid, level);
  int inner = 0;
  void* number = (void*)__builtin_preserve_access_index(&pid->numbers[0].nr);
  bpf_probe_read_kernel(&inner, sizeof(inner), number + level * bpf_core_type_size(struct upid));
  state->conn_pid = BPF_CORE_READ(monitor, tgid);
  state->conn_ns_pid = inner;
  state->conn_ns_level = level;
  state->conn_start = BPF_CORE_READ(monitor, start_boottime);
  state->children = 0;
  state->login_uid = WIRE_NOBODY;
}
