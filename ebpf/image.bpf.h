/* Which executable is sshd: a file of a known name or one the settings list, that belongs to root and that nobody else
 * may write to. A process is one only where root runs it. */
#pragma once

#include "ebpf/state.bpf.h"

struct image_key {
  u64 device;
  u64 inode;
};

enum { IMAGE_LISTED = 1, IMAGE_ANNOUNCED = 2 };

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct image_key);
  __type(value, u32);
} images SEC(".maps");

ALWAYS_INLINE bool is_daemon_name(const char* name) {
  if (name[0] != 's' || name[1] != 's' || name[2] != 'h' || name[3] != 'd') return false;
  if (name[4] == 0) return true;
  if (name[4] != '-') return false;
  return __builtin_memcmp(name + 5, "session", 8) == 0 || __builtin_memcmp(name + 5, "auth", 5) == 0;
}

ALWAYS_INLINE void read_name(struct file* file, char* name, u32 size) {
  const unsigned char* text = BPF_CORE_READ(file, f_path.dentry, d_name.name);
  bpf_probe_read_kernel_str(name, size, text);
}

ALWAYS_INLINE void announce(struct task_struct* task, const struct image_key* key, const char* name) {
  u32 announced = IMAGE_ANNOUNCED;
  if (bpf_map_update_elem(&images, key, &announced, BPF_NOEXIST)) return;
  struct wire_daemon* record = reserve(&logins, sizeof(*record), WIRE_DAEMON);
  if (!record) return;
  struct task_state none = {};
  fill_head(&record->head, WIRE_DAEMON, BPF_CORE_READ(task, tgid), &none);
  record->device = key->device;
  record->inode = key->inode;
  __builtin_memcpy(record->name, name, sizeof(record->name));
  bpf_ringbuf_submit(record, 0);
}

/* Whether the task runs the part of sshd that speaks to strangers (OpenSSH 9.8 and later). */
ALWAYS_INLINE bool runs_preauth(struct task_struct* task) {
  char name[16] = {};
  read_name(BPF_CORE_READ(task, mm, exe_file), name, sizeof(name));
  return __builtin_memcmp(name, "sshd-auth", 10) == 0;
}

/* Whether the task's executable is sshd. */
ALWAYS_INLINE bool runs_sshd(struct task_struct* task) {
  struct file* file = BPF_CORE_READ(task, mm, exe_file);
  if (!file) return false;
  struct inode* inode = BPF_CORE_READ(file, f_inode);
  if (BPF_CORE_READ(inode, i_uid.val) != 0 || (BPF_CORE_READ(inode, i_mode) & 022)) return false;
  struct image_key key = {.device = BPF_CORE_READ(inode, i_sb, s_dev), .inode = BPF_CORE_READ(inode, i_ino)};
  u32* known = bpf_map_lookup_elem(&images, &key);
  if (known && *known == IMAGE_LISTED) return true;
  char name[16] = {};
  read_name(file, name, sizeof(name));
  if (!is_daemon_name(name)) return false;
  if (!known) announce(task, &key, name);
  return true;
}
