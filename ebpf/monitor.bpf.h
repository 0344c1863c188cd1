/* The privilege-separation monitor's protocol, as sshd's monitor reads and writes it on its own socket pair: a length
 * of four bytes, a type, a payload (openssh-portable monitor_wrap.c, mm_request_send). Of a request with a password
 * (AUTHPASSWORD, PAM_RESPOND) the payload is not looked at, and its length not kept. */
#pragma once

#include "ebpf/socket.bpf.h"

enum monitor_message {                   /* openssh-portable monitor.h, enum monitor_reqtype */
                       REQUEST_SIGN = 6, /* of the key exchange, so before all below */
                       REQUEST_PASSWORD = 12,
                       REQUEST_BSD_RESPOND = 16,
                       REQUEST_PAM_RESPOND = 108,
                       REQUEST_USER = 8,
                       ANSWER_USER = 9,
                       ANSWER_PASSWORD = 13,
                       ANSWER_BSD = 17,
                       REQUEST_KEY_ALLOWED = 22,
                       ANSWER_KEY_ALLOWED = 23,
                       REQUEST_KEY_VERIFY = 24,
                       ANSWER_KEY_VERIFY = 25,
                       REQUEST_KEY_EXPORT = 26, /* sent once, when the authentication is over and has succeeded */
                       ANSWER_GSS_USER = 47,
                       ANSWER_PAM_QUERY = 107,
                       ANSWER_PAM_RESPOND = 109
};
#define HOST_KEY 1 /* enum mm_keytype */
#define PAM_REFUSED 0xffffffffu
#define MESSAGE_MAX (1u << 20)

struct auth_state {
  struct wire_auth record;
  u64 sock; /* the monitor's end of the pair; until `bound`, what may be it */
  u32 bound;
  u32 need, got, type;     /* of the request that is being read; need 0: a length comes next */
  u32 answer, answer_rest; /* of the answer that is being written: its type until its payload was seen, bytes to come */
  u32 key_kind;            /* enum mm_keytype of the last key asked about */
  u32 accepted;            /* the last attempt was let in; that may be one factor of several */
  u32 said;                /* and sshd logged "Accepted" for it: it was the last factor */
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct auth_state);
} auths SEC(".maps");

ALWAYS_INLINE u32 big_endian(const u8* bytes) {
  return (u32)bytes[0] << 24 | (u32)bytes[1] << 16 | (u32)bytes[2] << 8 | bytes[3];
}

ALWAYS_INLINE u32 read_u32(u64 address) {
  u8 bytes[4] = {};
  bpf_probe_read_user(bytes, sizeof(bytes), (void*)address);
  return big_endian(bytes);
}

ALWAYS_INLINE void send_auth(void* ring, struct auth_state* auth, const struct task_state* state, u32 kind) {
  fill_head(&auth->record.head, kind, current_pid(), state);
  u64 size = offsetof(struct wire_auth, key) + (auth->record.key_size & (WIRE_KEY_MAX - 1));
  output(ring, &auth->record, size, kind);
}

/* Copies the string at `address`, of which `here` bytes are there with its length: at most `most` (a power of two) less
 * one of them. Answers how many. */
ALWAYS_INLINE u16 keep_string(struct auth_state* auth, u8* into, u64 most, u64 address, u64 here, u32 cut_flag) {
  u64 full = read_u32(address), size = full;
  auth->record.flags &= ~cut_flag;
  if (size > here - 4) size = here - 4;
  if (size > most - 1) size = most - 1;
  if (size < full) auth->record.flags |= cut_flag;
  asm volatile("" : "+r"(size)); /* or the compiler drops the bound that the verifier wants to see */
  size &= most - 1;
  return bpf_probe_read_user(into, size, (void*)(address + 4)) ? 0 : size;
}

ALWAYS_INLINE void keep_request(struct auth_state* auth, u64 payload, u64 size) {
  if (!auth_detail || size < 8) return;
  if (auth->type == REQUEST_USER) {
    auth->record.user_size = keep_string(auth, auth->record.user, WIRE_USER_MAX, payload, size, WIRE_USER_CUT);
  } else if (auth->type == REQUEST_KEY_VERIFY) {
    auth->record.key_size = keep_string(auth, auth->record.key, WIRE_KEY_MAX, payload, size, WIRE_KEY_CUT);
  } else if (auth->type == REQUEST_KEY_ALLOWED) { /* its kind, a user, a host, the key */
    u64 at = 4;
    auth->key_kind = read_u32(payload);
    at += 4 + (u64)read_u32(payload + at);
    if (at + 8 > size) return;
    at += 4 + (u64)read_u32(payload + at);
    if (at + 8 > size) return;
    auth->record.key_size = keep_string(auth, auth->record.key, WIRE_KEY_MAX, payload + at, size - at, WIRE_KEY_CUT);
  }
}

ALWAYS_INLINE void log_in(struct task_struct* task, struct task_state* state, struct auth_state* auth) {
  state->flags |= FLAG_LOGGED;
  state->login_uid = auth->record.uid;
  send_auth(&logins, auth, state, WIRE_LOGIN);
  bpf_task_storage_delete(&auths, task);
}

/* The monitor has read `got` bytes into `call`'s buffer. */
ALWAYS_INLINE void monitor_read(struct task_struct* task, struct task_state* state, struct sock* sk, s32 got,
                                const struct call* call) {
  struct auth_state* auth = bpf_task_storage_get(&auths, task, 0, 0);
  if (got <= 0 || (!auth && (got != 4 || call->size != 4))) return;
  if (!auth) {
    auth = bpf_task_storage_get(&auths, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!auth) {
      count(lost, WIRE_AUTH_STATE);
      return;
    }
    auth->record.peer = state->peer;
    auth->record.uid = WIRE_NOBODY;
  }
  if (!auth->bound && !auth->need) {
    /* Both ends of a socket pair name who made it: this is none that was connected to a name service. */
    if (BPF_CORE_READ(sk, sk_peer_pid) != BPF_CORE_READ(task, thread_pid)) return;
    auth->sock = (u64)sk;
  }
  if (auth->sock != (u64)sk) return;
  if (!auth->need) {
    u32 need = got == 4 && call->size == 4 ? read_u32(call->buffer) : 0;
    auth->need = need < MESSAGE_MAX ? need : 0;
    auth->got = 0;
    return;
  }
  u64 payload = call->buffer, size = got;
  if (!auth->got) {
    u8 type = 0;
    bpf_probe_read_user(&type, 1, (void*)payload);
    auth->type = type;
    payload += 1;
    size -= 1;
  }
  if (!auth->bound) { /* other pairs are read in the same way: sshd's configuration, later PAM's conversation */
    auth->bound = auth->type == REQUEST_SIGN;
    if (!auth->bound) {
      auth->need = 0;
      return;
    }
  }
  if (auth->type == REQUEST_PASSWORD || auth->type == REQUEST_BSD_RESPOND || auth->type == REQUEST_PAM_RESPOND) {
    auth->need =
        0; /* a password's length is forgotten, and what comes of it not looked at: the next length is read alone */
    return;
  }
  /* The sender writes type and payload apart, each whole: the payload begins a read or follows the type. */
  if (auth->got <= 1 && size) keep_request(auth, payload, size);
  auth->got += got;
  if (auth->got < auth->need) return;
  auth->need = 0;
  if (auth->type == REQUEST_KEY_EXPORT && auth->accepted) log_in(task, state, auth);
}

ALWAYS_INLINE void judge(struct auth_state* auth, const struct task_state* state, u32 method, bool accepted) {
  if (method != WIRE_PUBLICKEY && method != WIRE_HOSTBASED) {
    auth->record.key_size = 0;
    auth->record.flags &= ~WIRE_KEY_CUT;
  }
  auth->record.method = method;
  auth->accepted = accepted;
  auth->said = 0;
  if (!accepted && auth_detail) send_auth(&details, auth, state, WIRE_FAILURE);
}

/* The answer on a user begins with a byte, 1, and a string that holds the uid in the machine's order; before
 * OpenSSH 7.x it held a struct passwd, which begins with two pointers and the uid. */
ALWAYS_INLINE u32 answered_uid(u64 body) {
  u32 size = read_u32(body + 1), uid = WIRE_NOBODY;
  u64 at = body + 5 + (size == sizeof(uid) ? 0 : 16);
  if (size != sizeof(uid) && size < 32) return uid;
  bpf_probe_read_user(&uid, sizeof(uid), (void*)at);
  return uid;
}

ALWAYS_INLINE void monitor_answered(struct auth_state* auth, const struct task_state* state, u32 type, u64 body) {
  u32 key_method = auth->key_kind == HOST_KEY ? WIRE_HOSTBASED : WIRE_PUBLICKEY;
  u32 value = 0;
  if (type == ANSWER_USER) {
    u8 known = 0;
    bpf_probe_read_user(&known, 1, (void*)body);
    auth->record.flags &= ~WIRE_UNKNOWN_USER;
    if (known) {
      auth->record.uid = answered_uid(body);
    } else {
      auth->record.flags |= WIRE_UNKNOWN_USER;
      judge(auth, state, WIRE_METHOD_UNKNOWN, false);
    }
    return;
  }
  if (type != ANSWER_PASSWORD && type != ANSWER_BSD && type != ANSWER_KEY_ALLOWED && type != ANSWER_KEY_VERIFY &&
      type != ANSWER_GSS_USER && type != ANSWER_PAM_QUERY && type != ANSWER_PAM_RESPOND)
    return;
  value = read_u32(body);
  if (type == ANSWER_PASSWORD) judge(auth, state, WIRE_PASSWORD, value != 0);
  if (type == ANSWER_BSD) judge(auth, state, WIRE_KEYBOARD_BSD, value != 0);
  if (type == ANSWER_GSS_USER) judge(auth, state, WIRE_GSSAPI, value != 0);
  if (type == ANSWER_KEY_VERIFY) judge(auth, state, key_method, value == 0);
  if (type == ANSWER_KEY_ALLOWED && value == 0) judge(auth, state, key_method, false);
  if (type == ANSWER_PAM_QUERY && value == PAM_REFUSED) judge(auth, state, WIRE_KEYBOARD, false);
  if (type == ANSWER_PAM_RESPOND && value != 1) judge(auth, state, WIRE_KEYBOARD, value == 0); /* 1: PAM asks on */
}

/* The monitor has written `sent` bytes of `call`'s buffer. */
ALWAYS_INLINE void monitor_write(struct task_struct* task, struct task_state* state, struct sock* sk, s32 sent,
                                 const struct call* call) {
  struct auth_state* auth = bpf_task_storage_get(&auths, task, 0, 0);
  if (!auth || !auth->bound || auth->sock != (u64)sk || sent <= 0) return;
  u64 body = call->buffer, size = sent;
  if (!auth->answer_rest) {
    u8 type = 0;
    if (size < 5) return;
    u32 full = read_u32(body);
    bpf_probe_read_user(&type, 1, (void*)(body + 4));
    if (full < 2 || full > MESSAGE_MAX) return;
    auth->answer = type;
    auth->answer_rest = full - 1;
    body += 5;
    size -= 5;
    if (!size) return;
  }
  u32 type = auth->answer;
  auth->answer = 0;
  auth->answer_rest = size < auth->answer_rest ? auth->answer_rest - (u32)size : 0;
  if (type) monitor_answered(auth, state, type, body);
}

/* sshd said "Accepted …", which it does after the last factor. */
ALWAYS_INLINE void monitor_said_accepted(struct task_struct* task) {
  struct auth_state* auth = bpf_task_storage_get(&auths, task, 0, 0);
  if (auth) auth->said = 1;
}

/* The monitor ends. A user who was let in and gone before the key export has logged in all the same. */
ALWAYS_INLINE void monitor_ended(struct task_struct* task, struct task_state* state) {
  struct auth_state* auth = bpf_task_storage_get(&auths, task, 0, 0);
  if (!auth || !auth->accepted || !auth->said) return;
  auth->record.flags |= WIRE_GONE;
  log_in(task, state, auth);
}
