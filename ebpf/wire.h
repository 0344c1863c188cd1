/* The records that the eBPF programs put into their two rings and the program reads out of them: C, fixed sizes, the
 * same for both sides, offsets asserted below. Times are nanoseconds of the boot-time clock, addresses are in network
 * order, ports and everything else in the machine's. */
#pragma once

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
using wire_u8 = std::uint8_t;
using wire_u16 = std::uint16_t;
using wire_u32 = std::uint32_t;
using wire_i32 = std::int32_t;
using wire_u64 = std::uint64_t;
#define WIRE_ASSERT(condition) static_assert(condition)
#else
typedef __u8 wire_u8;
typedef __u16 wire_u16;
typedef __u32 wire_u32;
typedef __s32 wire_i32;
typedef __u64 wire_u64;
#undef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#define WIRE_ASSERT(condition) _Static_assert(condition, "wire.h")
#endif

enum wire_kind {
  /* the logins' ring */
  WIRE_CONNECTION = 1, /* wire_connection: sshd took a connection */
  WIRE_LOGIN,          /* wire_auth: the monitor let the user in */
  WIRE_DROP,           /* wire_drop: sshd serves the connection with the user's own uid */
  WIRE_END,            /* wire_end: one of the connection's sshd processes has ended */
  WIRE_ADOPTED,        /* wire_adopted: an sshd process that ran before the programs did */
  WIRE_DAEMON,         /* wire_daemon: an executable was recognised as sshd */
  /* the detail ring */
  WIRE_FAILURE, /* wire_auth: the monitor turned an attempt away */
  WIRE_EXEC,    /* wire_exec */
  WIRE_EXIT,    /* wire_exit: of a process that a WIRE_EXEC was written for */
  WIRE_LOG,     /* wire_log: what sshd handed to syslog */
  WIRE_CONNECT, /* wire_connect: a TCP connection out of a session stands */
  WIRE_OPEN,    /* wire_open: an SFTP client asks for a file */
  WIRE_OPENED,  /* wire_opened: what the SFTP server answered */
  /* no record: what there was no memory for, counted among the losses */
  WIRE_STATE,        /* a process that could not be followed */
  WIRE_AUTH_STATE,   /* a monitor whose messages could not be followed */
  WIRE_DETAIL_STATE, /* a transfer or connection out that could not be followed */
  WIRE_KINDS
};

enum wire_role {
  WIRE_LISTENER = 1, /* waits for connections */
  WIRE_MONITOR,      /* the listener's child, root: the connection's pid */
  WIRE_PREAUTH,      /* the monitor's first child, unprivileged, speaks to a stranger */
  WIRE_CHILD,        /* any later child of the monitor, until it shows what it is */
  WIRE_SERVER,       /* sshd with the user's uid */
  WIRE_SESSION,      /* what runs in the session */
  WIRE_HELPER        /* what PAM and sshd's own commands start */
};

enum wire_method {
  WIRE_METHOD_UNKNOWN = 0,
  WIRE_PASSWORD,
  WIRE_PUBLICKEY,
  WIRE_HOSTBASED,
  WIRE_KEYBOARD,     /* keyboard-interactive by PAM */
  WIRE_KEYBOARD_BSD, /* keyboard-interactive by BSD authentication */
  WIRE_GSSAPI
};

enum wire_auth_flags {
  WIRE_UNKNOWN_USER = 1, /* sshd knows no such user, or lets them in nowhere */
  WIRE_USER_CUT = 2,     /* the name is longer than `user` */
  WIRE_KEY_CUT = 4,      /* the key is longer than `key` */
  WIRE_GONE = 8          /* let in, and gone before the session began */
};

enum { WIRE_USER_MAX = 256, WIRE_KEY_MAX = 4096, WIRE_ARGS_MAX = 4096, WIRE_LOG_MAX = 2048, WIRE_PATH_MAX = 1024 };
#define WIRE_NOBODY 0xffffffffu /* a uid that is not known, a loginuid or session id that is not set */

struct wire_head {
  wire_u16 kind;
  wire_u16 conn_ns_level; /* of the connection's pid namespace; 0 is the host's */
  wire_u32 pid;           /* of the process that did it, as the host numbers it */
  wire_u64 at;
  wire_u32 conn_pid;    /* the connection's monitor, as the host numbers it; 0 for none */
  wire_u32 conn_ns_pid; /* and as its own namespace does */
  wire_u64 conn_start;  /* when that process started */
};

struct wire_peer {
  wire_u16 family; /* AF_INET, AF_INET6; 0: none */
  wire_u16 remote_port;
  wire_u16 local_port;
  wire_u16 unused;
  wire_u8 remote[16]; /* the first four for AF_INET */
  wire_u8 local[16];
};

struct wire_connection {
  struct wire_head head;
  struct wire_peer peer;
};

struct wire_auth { /* sent up to the last byte of key that counts */
  struct wire_head head;
  struct wire_peer peer;
  wire_u32 uid;    /* of the user, as the monitor looked it up */
  wire_u32 method; /* wire_method */
  wire_u32 flags;  /* wire_auth_flags */
  wire_u16 user_size;
  wire_u16 key_size;
  wire_u8 user[WIRE_USER_MAX];
  wire_u8 key[WIRE_KEY_MAX]; /* public key or certificate in SSH's wire format */
};

struct wire_drop {
  struct wire_head head;
  struct wire_peer peer;
  wire_u32 uid;
  wire_u32 loginuid;
  wire_u32 audit_session;
  wire_u32 unused;
};

struct wire_end {
  struct wire_head head;
  wire_u32 role;
  wire_i32 status; /* as wait(2) has it */
};

struct wire_adopted {
  struct wire_head head;
  struct wire_peer peer;
  wire_u32 role;
  wire_u32 uid;
};

struct wire_daemon {
  struct wire_head head;
  wire_u64 device; /* as the kernel has it: major << 20 | minor */
  wire_u64 inode;
  wire_u8 name[16];
};

struct wire_exec { /* sent up to the last byte of args that counts */
  struct wire_head head;
  wire_u64 start;
  wire_u32 uid;
  wire_u32 parent;
  wire_u32 args_size; /* of what is here */
  wire_u32 args_full; /* of what there was */
  wire_u8 name[64];   /* of the executable's file, ends in 0 */
  wire_u8 args[WIRE_ARGS_MAX];
};

struct wire_exit {
  struct wire_head head;
  wire_u64 start;
  wire_u32 uid;
  wire_i32 status;
};

struct wire_log { /* sent up to the last byte of text that counts */
  struct wire_head head;
  wire_u32 size;
  wire_u32 full;
  wire_u8 text[WIRE_LOG_MAX];
};

struct wire_connect {
  struct wire_head head;
  struct wire_peer peer;
};

struct wire_open {
  struct wire_head head;
  wire_u32 uid;
  wire_u32 writes;
  wire_u32 size;               /* of path */
  wire_u32 cut;                /* the path's beginning is missing */
  wire_u8 path[WIRE_PATH_MAX]; /* its names, each ends in 0, the last one first */
};

WIRE_ASSERT(sizeof(struct wire_head) == 32);
WIRE_ASSERT(offsetof(struct wire_head, at) == 8);
WIRE_ASSERT(offsetof(struct wire_head, conn_start) == 24);
WIRE_ASSERT(sizeof(struct wire_peer) == 40);
WIRE_ASSERT(sizeof(struct wire_connection) == 72);
WIRE_ASSERT(offsetof(struct wire_auth, uid) == 72);
WIRE_ASSERT(offsetof(struct wire_auth, user) == 88);
WIRE_ASSERT(offsetof(struct wire_auth, key) == 344);
WIRE_ASSERT(sizeof(struct wire_auth) == 4440);
WIRE_ASSERT(sizeof(struct wire_drop) == 88);
WIRE_ASSERT(sizeof(struct wire_end) == 40);
WIRE_ASSERT(sizeof(struct wire_adopted) == 80);
WIRE_ASSERT(sizeof(struct wire_daemon) == 64);
WIRE_ASSERT(offsetof(struct wire_exec, args) == 120);
WIRE_ASSERT(sizeof(struct wire_exec) == 4216);
WIRE_ASSERT(sizeof(struct wire_exit) == 48);
WIRE_ASSERT(offsetof(struct wire_log, text) == 40);
WIRE_ASSERT(sizeof(struct wire_log) == 2088);
WIRE_ASSERT(sizeof(struct wire_connect) == 72);
WIRE_ASSERT(offsetof(struct wire_open, path) == 48);
WIRE_ASSERT(sizeof(struct wire_open) == 1072);
