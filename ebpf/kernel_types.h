/* The few fields of the kernel's structures that the programs read. CO-RE moves each to where the running kernel has
 * it, so no BTF is needed on the machine that builds. */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
  u32 val;
} kuid_t;

typedef struct {
  int counter;
} atomic_t;

struct upid {
  int nr;
};
struct pid {
  unsigned int level;
  struct upid numbers[1];
};

struct qstr {
  const unsigned char* name;
};
struct dentry {
  struct dentry* d_parent;
  struct qstr d_name;
};
struct vfsmount {
  struct dentry* mnt_root;
};
struct mount {
  struct mount* mnt_parent;
  struct dentry* mnt_mountpoint;
  struct vfsmount mnt;
};
struct path {
  struct vfsmount* mnt;
  struct dentry* dentry;
};
struct super_block {
  u32 s_dev;
};
struct inode {
  unsigned short i_mode;
  kuid_t i_uid;
  struct super_block* i_sb;
  unsigned long i_ino;
};
struct file {
  struct inode* f_inode;
  unsigned int f_mode;
  struct path f_path;
  void* private_data;
};
struct fdtable {
  unsigned int max_fds;
  struct file** fd;
  unsigned long *close_on_exec, *open_fds;
};
struct files_struct {
  struct fdtable* fdt;
};

struct cred {
  kuid_t uid;
};
struct mm_struct {
  unsigned long arg_start, arg_end;
  struct file* exe_file;
};
struct signal_struct {
  atomic_t live;
  int group_exit_code;
  struct pid* pids[4];
};
struct seccomp {
  int mode;
  atomic_t filter_count;
};
struct bpf_local_storage;
struct task_struct {
  int pid, tgid;
  struct bpf_local_storage* bpf_storage;
  struct seccomp seccomp;
  struct task_struct* real_parent;
  const struct cred* cred;
  kuid_t loginuid;
  unsigned int sessionid;
  struct files_struct* files;
  struct mm_struct* mm;
  struct signal_struct* signal;
  struct pid* thread_pid;
  u64 start_boottime;
  int exit_code;
};

struct in6_addr {
  union {
    u8 u6_addr8[16];
  } in6_u;
};
struct sock_common {
  __be32 skc_daddr, skc_rcv_saddr;
  __be16 skc_dport;
  u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
  struct sock_common __sk_common;
  struct pid* sk_peer_pid;
};
struct socket {
  struct sock* sk;
};
struct msghdr;
struct linux_binprm;

struct seq_file;
struct bpf_iter_meta {
  struct seq_file* seq;
};
struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
  unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
  u64 regs[31];
  s32 syscallno;
};
#endif

#pragma clang attribute pop
