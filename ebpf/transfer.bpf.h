/* File transfers by SFTP. The server's process talks to sshd through pipes, which nothing traces; but what it has open
 * shows. A file that a client asked for is open from before sshd sends the client its handle until after the client has
 * sent the close: so whenever sshd sends on such a connection, its SFTP processes' descriptors are looked at. */
#pragma once

#include "ebpf/image.bpf.h"
#include "ebpf/socket.bpf.h"

#define S_IFREG 0100000
#define FMODE_READ 1
#define FMODE_WRITE 2
#define SFTP_FDS 64       /* of one word of the descriptors' bitmaps */
#define SFTP_STANDARD 7ul /* standard input, output and error */
#define PATH_DEPTH 40
#define PATH_NAME 256

/* Of the kernel: a task by its pid in the host's namespace, to be released. Before Linux 6.2 there is none, and no
 * transfer by SFTP is told. */
extern struct task_struct* bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct* task) __ksym __weak;

struct open_file {
  u64 file;
  u64 inode;
};

/* Of an SFTP process: what is known to be open, by descriptor. */
struct sftp_state {
  u64 known; /* descriptors */
  struct open_file files[SFTP_FDS];
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct sftp_state);
} transfers SEC(".maps");

struct path_walk {
  struct dentry* dentry;
  struct mount* mount;
  struct wire_open* record;
};

/* One name of a path, from its end to its beginning; across mounts. */
static long path_step(u32 index, void* context) {
  struct path_walk* walk = context;
  struct dentry* dentry = walk->dentry;
  struct mount* mount = walk->mount;
  struct dentry* parent = BPF_CORE_READ(dentry, d_parent);
  if (dentry == BPF_CORE_READ(mount, mnt.mnt_root) || dentry == parent) {
    struct mount* above = BPF_CORE_READ(mount, mnt_parent);
    if (above == mount) return 1;
    walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
    walk->mount = above;
    return 0;
  }
  u32 at = walk->record->size;
  if (at > WIRE_PATH_MAX - PATH_NAME) {
    walk->record->cut = 1;
    return 1;
  }
  long size = bpf_probe_read_kernel_str(walk->record->path + at, PATH_NAME, BPF_CORE_READ(dentry, d_name.name));
  if (size <= 0) return 1;
  walk->record->size = at + (u32)size;
  walk->dentry = parent;
  return 0;
}

ALWAYS_INLINE void send_open(struct task_struct* task, struct file* file, const struct task_state* server) {
  struct wire_open* record = reserve(&details, sizeof(*record), WIRE_OPEN);
  if (!record) return;
  fill_head(&record->head, WIRE_OPEN, BPF_CORE_READ(task, tgid), server);
  record->uid = uid_of(task);
  record->writes = (BPF_CORE_READ(file, f_mode) & FMODE_WRITE) != 0;
  record->size = 0;
  record->cut = 0;
  struct path_walk walk = {.dentry = BPF_CORE_READ(file, f_path.dentry), .record = record};
  struct vfsmount* mount = BPF_CORE_READ(file, f_path.mnt);
  walk.mount = (void*)mount - bpf_core_field_offset(struct mount, mnt);
  bpf_loop(PATH_DEPTH, path_step, &walk, 0);
  bpf_ringbuf_submit(record, 0);
}

struct sftp_look {
  struct task_struct* task;
  struct task_state* server;
  struct sftp_state* sftp;
  struct file** files;
  u64 open;
};

static long look_at_open(u32 fd, void* context) {
  struct sftp_look* look = context;
  if (fd >= SFTP_FDS) return 1;
  struct open_file* known = &look->sftp->files[fd];
  if (!(look->open & 1ul << fd)) {
    known->file = 0;
    return 0;
  }
  struct file* file = 0;
  if (bpf_probe_read_kernel(&file, sizeof(file), &look->files[fd]) || !file) return 0;
  u64 inode = BPF_CORE_READ(file, f_inode, i_ino);
  if (known->file == (u64)file && known->inode == inode) return 0;
  known->file = (u64)file;
  known->inode = inode;
  if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFREG) send_open(look->task, file, look->server);
  return 0;
}

ALWAYS_INLINE void look_at_sftp(struct task_state* server, struct task_struct* task) {
  struct fdtable* table = BPF_CORE_READ(task, files, fdt);
  if (!table) return;
  u64 open = 0, on_exec = 0;
  bpf_probe_read_kernel(&open, sizeof(open), BPF_CORE_READ(table, open_fds));
  bpf_probe_read_kernel(&on_exec, sizeof(on_exec), BPF_CORE_READ(table, close_on_exec));
  /* The C library closes what it opens for itself (accounts, time zones) on exec; SFTP servers don't. */
  open &= ~on_exec & ~SFTP_STANDARD;
  struct sftp_state* sftp = bpf_task_storage_get(&transfers, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!sftp) {
    count(lost, WIRE_DETAIL_STATE);
    return;
  }
  if (!open && !sftp->known) return;
  sftp->known = open;
  struct sftp_look look = {
      .task = task, .server = server, .sftp = sftp, .files = BPF_CORE_READ(table, fd), .open = open};
  bpf_loop(SFTP_FDS, look_at_open, &look, 0);
}

/* sshd sends to the client of a connection that has SFTP processes, or ones that may be. */
ALWAYS_INLINE void look_for_transfers(struct task_state* server) {
  if (!bpf_task_from_pid) return;
  for (int i = 0; i < SFTP_PROCESSES; i++) {
    struct sftp_process* process = &server->sftp[i];
    /* The first word says that the process was started: until then it is no SFTP server yet. */
    if (!process->pid || !process->sends++) continue;
    struct task_struct* task = bpf_task_from_pid(process->pid);
    if (!task) continue;
    look_at_sftp(server, task);
    bpf_task_release(task);
  }
}

/* A process that may become an SFTP server, or is one. */
ALWAYS_INLINE void remember_sftp(struct task_state* server, u32 pid) {
  for (int i = 0; i < SFTP_PROCESSES; i++) {
    if (server->sftp[i].pid == pid) return;
  }
  for (int i = 0; i < SFTP_PROCESSES; i++) {
    if (server->sftp[i].pid) continue;
    server->sftp[i].pid = pid;
    server->sftp[i].sends = 0;
    return;
  }
  count(lost, WIRE_DETAIL_STATE);
}

ALWAYS_INLINE void forget_sftp(struct task_state* server, u32 pid) {
  for (int i = 0; i < SFTP_PROCESSES; i++) {
    if (server->sftp[i].pid == pid) server->sftp[i].pid = 0;
  }
}

ALWAYS_INLINE bool is_sftp_server(struct task_struct* task) {
  char name[16] = {};
  read_name(BPF_CORE_READ(task, mm, exe_file), name, sizeof(name));
  return __builtin_memcmp(name, "sftp-server", 12) == 0;
}

/* A process of the session runs another program now, or ends: `is` tells whether it serves SFTP. */
ALWAYS_INLINE void tell_server(struct task_struct* task, const struct task_state* state, bool is) {
  if (!bpf_task_from_pid) return;
  struct task_struct* server = bpf_task_from_pid(state->server_pid);
  if (!server) return;
  struct task_state* of = bpf_task_storage_get(&states, server, 0, 0);
  if (of && of->conn_start == state->conn_start) {
    if (is)
      remember_sftp(of, BPF_CORE_READ(task, tgid));
    else
      forget_sftp(of, BPF_CORE_READ(task, tgid));
  }
  bpf_task_release(server);
}
