/* The kernel's witness of SSH: follows each connection from sshd's listener by parentage. No system call is traced, so
 * no other program's calls cost more: processes by their fork, exec and exit, sshd's words by its own sockets. */
#include "ebpf/image.bpf.h"
#include "ebpf/monitor.bpf.h"
#include "ebpf/transfer.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

ALWAYS_INLINE void send_connection(const struct task_state* state) {
  struct wire_connection* record = reserve(&logins, sizeof(*record), WIRE_CONNECTION);
  if (!record) return;
  fill_head(&record->head, WIRE_CONNECTION, state->conn_pid, state);
  record->peer = state->peer;
  bpf_ringbuf_submit(record, 0);
}

/* The sshd that serves the connection has the user's uid: it is logged in, whatever anybody wrote about it. */
ALWAYS_INLINE void send_drop(struct task_struct* task, struct task_state* state, u32 uid) {
  state->role = WIRE_SERVER;
  state->server_pid = current_pid();
  struct wire_drop* record = reserve(&logins, sizeof(*record), WIRE_DROP);
  if (!record) return;
  fill_head(&record->head, WIRE_DROP, current_pid(), state);
  record->peer = state->peer;
  record->uid = uid;
  record->loginuid = bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : WIRE_NOBODY;
  record->audit_session = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid) : WIRE_NOBODY;
  record->unused = 0;
  bpf_ringbuf_submit(record, 0);
}

/* A child of the listener that holds a connection is its monitor; one that holds none is the listener itself, gone to
 * the background. */
ALWAYS_INLINE void become_listeners_child(struct task_state* state, struct task_struct* child, struct sock* sk) {
  if (!sk) return;
  state->role = WIRE_MONITOR;
  state->conn_sock = (u64)sk;
  fill_peer(&state->peer, sk);
  begin_connection(state, child);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct* parent, struct task_struct* child) {
  struct task_state* of = state_of(parent);
  if (!of) return 0;
  bool thread = BPF_CORE_READ(parent, tgid) == BPF_CORE_READ(child, tgid);
  if (!thread && of->role == WIRE_CHILD && (of->flags & FLAG_SSHD) && (of->flags & FLAG_LOGGED)) {
    u32 uid = uid_of(parent);
    if (uid != 0) send_drop(parent, of, uid);
  }
  struct task_state* state = make_state(child);
  if (!state) return 0;
  *state = *of;
  state->flags &= ~(FLAG_COMMAND | FLAG_SFTP);
  if (thread) return 0;
  __builtin_memset(state->sftp, 0, sizeof(state->sftp));
  if (of->role == WIRE_LISTENER) {
    become_listeners_child(state, child, connection_of(parent, FD_SCAN_MAX));
    if (state->role == WIRE_MONITOR) send_connection(state);
  } else if (of->role == WIRE_MONITOR) {
    /* The first child speaks to the stranger, before anything else is started for them. */
    state->role = of->children++ ? WIRE_CHILD : WIRE_PREAUTH;
    state->children = 0;
  } else if (of->role == WIRE_SERVER) {
    state->role = WIRE_SESSION;
  }
  bool served = of->role == WIRE_SERVER || (of->flags & FLAG_LOGGED && of->login_uid == 0);
  if (served && (of->flags & FLAG_SSHD)) { /* sshd's own child serves SFTP itself, unless it runs another program */
    state->server_pid = BPF_CORE_READ(parent, tgid);
    state->flags |= FLAG_SFTP;
    remember_sftp(of, BPF_CORE_READ(child, tgid));
  }
  return 0;
}

ALWAYS_INLINE bool leads_session(struct task_struct* task) {
  return BPF_CORE_READ(task, signal, pids[3]) == BPF_CORE_READ(task, thread_pid); /* PIDTYPE_SID */
}

/* Root has started an sshd that descends from none: a listener, or a connection's own where the socket comes as its
 * standard input (inetd, socket activation for each connection). */
ALWAYS_INLINE void begin_daemon(struct task_state* state, struct task_struct* task) {
  __builtin_memset(state, 0, sizeof(*state));
  state->role = WIRE_LISTENER;
  state->flags = FLAG_SSHD;
  become_listeners_child(state, task, connection_of(task, 1));
  if (state->role == WIRE_MONITOR) send_connection(state);
}

#define SMALL_ARGS 512

ALWAYS_INLINE void fill_exec(struct wire_exec* record, struct task_struct* task, const struct task_state* state,
                             u64 from, u64 size, u64 full) {
  fill_head(&record->head, WIRE_EXEC, current_pid(), state);
  record->start = BPF_CORE_READ(task, start_boottime);
  record->uid = uid_of(task);
  record->parent = BPF_CORE_READ(task, real_parent, tgid);
  record->args_full = full;
  __builtin_memset(record->name, 0, sizeof(record->name));
  read_name(BPF_CORE_READ(task, mm, exe_file), (char*)record->name, sizeof(record->name));
  record->args_size = bpf_probe_read_user(record->args, size, (void*)from) ? 0 : size;
}

ALWAYS_INLINE bool is_scp(struct task_struct* task) {
  char name[4] = {};
  read_name(BPF_CORE_READ(task, mm, exe_file), name, sizeof(name));
  return name[0] == 's' && name[1] == 'c' && name[2] == 'p' && name[3] == 0;
}

ALWAYS_INLINE void session_exec(struct task_struct* task, struct task_state* state) {
  state->role = WIRE_SESSION;
  state->flags &= ~FLAG_COMMAND;
  if (!commands && !is_scp(task)) return;
  state->flags |= FLAG_COMMAND;
  u64 from = BPF_CORE_READ(task, mm, arg_start), full = BPF_CORE_READ(task, mm, arg_end) - from;
  u64 size = full;
  if (size <= SMALL_ARGS) {
    struct wire_exec* record = reserve(&details, offsetof(struct wire_exec, args) + SMALL_ARGS, WIRE_EXEC);
    if (!record) return;
    fill_exec(record, task, state, from, size, full);
    bpf_ringbuf_submit(record, 0);
  } else {
    struct wire_exec* record = reserve(&details, sizeof(*record), WIRE_EXEC);
    if (!record) return;
    if (size > WIRE_ARGS_MAX) size = WIRE_ARGS_MAX;
    fill_exec(record, task, state, from, size, full);
    bpf_ringbuf_submit(record, 0);
  }
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct* task, int old_pid, struct linux_binprm* program) {
  struct task_state* state = state_of(task);
  bool sshd = uid_of(task) == 0 && runs_sshd(task);
  if (!state) {
    if (!sshd) return 0;
    state = make_state(task);
    if (state) begin_daemon(state, task);
    return 0;
  }
  u32 role = state->role;
  if (sshd) {
    state->flags |= FLAG_SSHD;
    if (role == WIRE_SESSION || role == WIRE_HELPER || role == WIRE_SERVER) begin_daemon(state, task);
    if (role == WIRE_MONITOR) state->children = 0; /* sshd -i has children before it runs sshd-session */
    if (role == WIRE_CHILD && runs_preauth(task)) state->role = WIRE_PREAUTH;
    return 0;
  }
  state->flags &= ~FLAG_SSHD;
  bool serves_sftp = role == WIRE_SESSION || role == WIRE_CHILD ? is_sftp_server(task) : false;
  if (serves_sftp != !!(state->flags & FLAG_SFTP)) {
    tell_server(task, state, serves_sftp);
    state->flags ^= FLAG_SFTP;
  }
  bool session = role == WIRE_SESSION || role == WIRE_SERVER;
  /* Root's session may descend from sshd processes that keep uid 0. sshd makes it the leader of a session of its own;
   * what PAM runs is none. */
  if (role == WIRE_CHILD && (state->flags & FLAG_LOGGED) && state->login_uid == 0) session = leads_session(task);
  if (session)
    session_exec(task, state);
  else if (role == WIRE_LISTENER)
    bpf_task_storage_delete(&states, task);
  else
    state->role = WIRE_HELPER;
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct* task) {
  struct task_state* state = state_of(task);
  if (!state || BPF_CORE_READ(task, signal, live.counter) != 0) return 0; /* the process lives while a thread does */
  int status = BPF_CORE_READ(task, signal, group_exit_code);
  if (!status) status = BPF_CORE_READ(task, exit_code);
  if (state->role == WIRE_MONITOR) monitor_ended(task, state);
  if (state->flags & FLAG_SFTP) tell_server(task, state, false);
  if (state->role == WIRE_MONITOR || state->role == WIRE_SERVER) {
    struct wire_end* record = reserve(&logins, sizeof(*record), WIRE_END);
    if (!record) return 0;
    fill_head(&record->head, WIRE_END, current_pid(), state);
    record->role = state->role;
    record->status = status;
    bpf_ringbuf_submit(record, 0);
  } else if (state->flags & FLAG_COMMAND) {
    struct wire_exit* record = reserve(&details, sizeof(*record), WIRE_EXIT);
    if (!record) return 0;
    fill_head(&record->head, WIRE_EXIT, current_pid(), state);
    record->start = BPF_CORE_READ(task, start_boottime);
    record->uid = uid_of(task);
    record->status = status;
    bpf_ringbuf_submit(record, 0);
  }
  return 0;
}

#define SMALL_LOG 512

ALWAYS_INLINE void fill_log(struct wire_log* record, const struct task_state* state, u64 from, u64 size, u64 full) {
  fill_head(&record->head, WIRE_LOG, current_pid(), state);
  record->full = full;
  record->size = bpf_probe_read_user(record->text, size, (void*)from) ? 0 : size;
}

/* Whether syslog(3) wrote this: "<38>Nov 20 10:33:00 sshd[123]: …". */
ALWAYS_INLINE bool looks_like_syslog(u64 from, u64 size, bool* accepted) {
  char start[64] = {};
  if (size < 16 || bpf_probe_read_user(start, sizeof(start), (void*)from)) return false;
  if (start[0] != '<' || start[1] < '0' || start[1] > '9') return false;
  /* "]: Accepted " after a tag of at most 20 characters and a pid */
  for (int i = 20; i < 52; i++) {
    if (start[i] == ']' && start[i + 1] == ':' && start[i + 2] == ' ' && start[i + 3] == 'A' && start[i + 4] == 'c' &&
        start[i + 5] == 'c' && start[i + 6] == 'e' && start[i + 7] == 'p' && start[i + 8] == 't') {
      *accepted = true;
      break;
    }
  }
  return true;
}

ALWAYS_INLINE void said_to_syslog(struct task_struct* task, struct task_state* state, const struct call* call) {
  bool accepted = false;
  u64 full = call->size, size = full;
  if (!looks_like_syslog(call->buffer, full, &accepted)) return;
  if (accepted && state->role == WIRE_MONITOR) monitor_said_accepted(task);
  if (size <= SMALL_LOG) {
    struct wire_log* record = reserve(&details, offsetof(struct wire_log, text) + SMALL_LOG, WIRE_LOG);
    if (!record) return;
    fill_log(record, state, call->buffer, size, full);
    bpf_ringbuf_submit(record, 0);
  } else {
    struct wire_log* record = reserve(&details, sizeof(*record), WIRE_LOG);
    if (!record) return;
    if (size > WIRE_LOG_MAX) size = WIRE_LOG_MAX;
    fill_log(record, state, call->buffer, size, full);
    bpf_ringbuf_submit(record, 0);
  }
}

/* Whether the task has more seccomp filters than its parent: sshd puts the process for strangers into a sandbox, and no
 * other. */
ALWAYS_INLINE bool is_sandboxed(struct task_struct* task) {
  if (bpf_core_field_exists(task->seccomp.filter_count))
    return BPF_CORE_READ(task, seccomp.filter_count.counter) >
           BPF_CORE_READ(task, real_parent, seccomp.filter_count.counter);
  return BPF_CORE_READ(task, seccomp.mode) > BPF_CORE_READ(task, real_parent, seccomp.mode);
}

/* sshd's first word on its connection with a uid that isn't root's, by a process that isn't the one for strangers: a
 * login, also where the monitor's messages could not be read. */
ALWAYS_INLINE void look_for_drop(struct task_struct* task, struct task_state* state, struct sock* sk) {
  if (state->role != WIRE_CHILD || !(state->flags & FLAG_SSHD) || state->conn_sock != (u64)sk) return;
  u32 uid = uid_of(task);
  if (uid == 0) return;
  if (!(state->flags & FLAG_LOGGED) && (uid == preauth_uid || is_sandboxed(task)))
    state->role = WIRE_PREAUTH;
  else
    send_drop(task, state, uid);
}

ALWAYS_INLINE void received(struct sock* sk, s32 size) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct task_state* state = state_of(task);
  if (!state) return;
  look_for_drop(task, state, sk);
  if (state->role != WIRE_MONITOR || (state->flags & FLAG_LOGGED) || family_of(sk) != AF_UNIX) return;
  struct call call;
  current_call(&call);
  if (call.number == SYS_READ) monitor_read(task, state, sk, size, &call);
}

ALWAYS_INLINE void sent(struct sock* sk, s32 size) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct task_state* state = state_of(task);
  if (!state || !(state->flags & FLAG_SSHD)) return;
  look_for_drop(task, state, sk);
  if (state->conn_sock == (u64)sk) look_for_transfers(state);
  if (family_of(sk) != AF_UNIX) return;
  struct call call;
  current_call(&call);
  if (call.number == SYS_SENDTO) said_to_syslog(task, state, &call);
  if (call.number == SYS_WRITE && state->role == WIRE_MONITOR) monitor_write(task, state, sk, size, &call);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_receive, struct sock* sk, int size) {
  received(sk, size);
  return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock* sk, int size) {
  sent(sk, size);
  return 0;
}

/* The same on a kernel without those tracepoints (before 6.3), by functions: of the loader's choosing one of the sets.
 */
SEC("fexit/unix_stream_recvmsg")
int BPF_PROG(on_unix_receive, struct socket* socket, struct msghdr* message, unsigned long size, int flags, int got) {
  received(BPF_CORE_READ(socket, sk), got);
  return 0;
}

SEC("fexit/unix_stream_sendmsg")
int BPF_PROG(on_unix_send, struct socket* socket, struct msghdr* message, unsigned long size, int put) {
  sent(BPF_CORE_READ(socket, sk), put);
  return 0;
}

SEC("fexit/unix_dgram_sendmsg")
int BPF_PROG(on_unix_datagram, struct socket* socket, struct msghdr* message, unsigned long size, int put) {
  sent(BPF_CORE_READ(socket, sk), put);
  return 0;
}

SEC("fentry/tcp_recvmsg")
int BPF_PROG(on_tcp_receive, struct sock* sk) {
  received(sk, 0);
  return 0;
}

SEC("fentry/tcp_sendmsg")
int BPF_PROG(on_tcp_send, struct sock* sk) {
  sent(sk, 0);
  return 0;
}

/* Connections out of a session: remembered with the socket when it is made, told when it stands, since that is when
 * its own port is known. */
struct outward {
  struct wire_head head;
};

struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct outward);
} outwards SEC(".maps");

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, struct sock* sk, int before, int after) {
  if (after == TCP_SYN_SENT) {
    struct task_state* state = state_of(bpf_get_current_task_btf());
    if (!state) return 0;
    bool logged = (state->flags & FLAG_LOGGED) && (state->role == WIRE_CHILD || state->role == WIRE_MONITOR);
    if (!logged && state->role != WIRE_SESSION && state->role != WIRE_SERVER) return 0;
    struct outward* out = bpf_sk_storage_get(&outwards, sk, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (out)
      fill_head(&out->head, WIRE_CONNECT, current_pid(), state);
    else
      count(lost, WIRE_DETAIL_STATE);
  } else if (before == TCP_SYN_SENT) {
    struct outward* out = bpf_sk_storage_get(&outwards, sk, 0, 0);
    if (!out) return 0;
    if (after == TCP_ESTABLISHED) {
      struct wire_connect* record = reserve(&details, sizeof(*record), WIRE_CONNECT);
      if (record) {
        record->head = out->head;
        fill_peer(&record->peer, sk);
        bpf_ringbuf_submit(record, 0);
      }
    }
    bpf_sk_storage_delete(&outwards, sk);
  }
  return 0;
}

/* How many processes the last pass over all of them has added: the loader runs it until none is. */
__u64 adopted;

ALWAYS_INLINE void send_adopted(struct task_struct* task, const struct task_state* state, u32 uid) {
  struct wire_adopted* record = reserve(&logins, sizeof(*record), WIRE_ADOPTED);
  if (!record) return;
  fill_head(&record->head, WIRE_ADOPTED, BPF_CORE_READ(task, tgid), state);
  record->peer = state->peer;
  record->role = state->role;
  record->uid = uid;
  bpf_ringbuf_submit(record, 0);
}

/* The role of a running process that descends from `of`, or 0. */
ALWAYS_INLINE u32 adopted_role(struct task_struct* task, struct task_state* of, bool sshd, u32 uid) {
  u32 role = of->role;
  if (role == WIRE_SESSION || role == WIRE_SERVER) return WIRE_SESSION;
  if (role == WIRE_LISTENER) return sshd && uid == 0 ? WIRE_LISTENER : 0;
  if (role == WIRE_PREAUTH || role == WIRE_HELPER) return role;
  if (role == WIRE_MONITOR) of->children++;
  u32 found = WIRE_HELPER;
  if (sshd && uid == 0)
    found = WIRE_CHILD;
  else if (sshd)
    found = uid == preauth_uid ? WIRE_PREAUTH : WIRE_SERVER;
  else if (uid == 0 && leads_session(task))
    found = WIRE_SESSION;
  if (found == WIRE_SERVER || found == WIRE_SESSION) {
    of->flags |= FLAG_LOGGED;
    of->login_uid = uid;
  }
  return found;
}

SEC("iter/task")
int adopt(struct bpf_iter__task* context) {
  struct task_struct* task = context->task;
  if (!task || state_of(task)) return 0;
  if (BPF_CORE_READ(task, tgid) != BPF_CORE_READ(task, pid) || !BPF_CORE_READ(task, mm)) return 0;
  struct task_struct* parent = task->real_parent;
  if (!parent) return 0;
  struct task_state* of = state_of(parent);
  u32 uid = uid_of(task);
  bool sshd = runs_sshd(task);
  if (!of && (!sshd || uid != 0 || runs_sshd(parent))) return 0; /* a parent comes first, if in the next pass */
  u32 role = of ? adopted_role(task, of, sshd, uid) : WIRE_LISTENER;
  if (!role) return 0;
  struct task_state* state = make_state(task);
  if (!state) return 0;
  if (of) *state = *of;
  state->flags = (state->flags & FLAG_LOGGED) | (sshd ? FLAG_SSHD : 0);
  state->role = role;
  if (role == WIRE_LISTENER) become_listeners_child(state, task, connection_of(task, FD_SCAN_MAX));
  __sync_fetch_and_add(&adopted, 1);
  send_adopted(task, state, uid);
  return 0;
}
