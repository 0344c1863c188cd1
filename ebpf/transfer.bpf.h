/* File transfers by SFTP, as the server's process reads requests from its standard input and writes answers
 * (draft-ietf-secsh-filexfer-02): which files are opened and whether that was granted. Contents are stepped over. */
#pragma once

#include "ebpf/monitor.bpf.h"

enum { SFTP_INIT = 1, SFTP_OPEN = 3, SFTP_STATUS = 101, SFTP_HANDLE = 102 };
#define SFTP_PACKET_MAX (1u << 20)
#define SFTP_HEAD 9 /* length, type, id */
#define SFTP_PACKETS_MAX 4096
#define SFTP_PENDING 4

struct sftp_stream {
  u32 skip; /* bytes of the packet that are still to come */
  u32 have; /* of head */
  u8 head[32];
};

struct sftp_state {
  struct sftp_stream requests;
  struct sftp_stream answers;
  u32 next;                  /* in pending */
  u32 pending[SFTP_PENDING]; /* ids of opens that wait for an answer, plus one; 0: none */
  u32 broken;                /* the framing was lost: nothing more is said of this one */
  /* The walk over what was just read or written. It lives here, where the verifier takes each number as unknown: on the
   * stack it would follow every packet by itself. */
  u32 answering;
  u64 at;   /* address of the next byte */
  u64 rest; /* bytes there */
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct sftp_state);
} transfers SEC(".maps");

ALWAYS_INLINE void sftp_opens(struct sftp_state* sftp, struct task_state* state, u32 id, u64 at, u64 here) {
  struct wire_open* record = reserve(&details, sizeof(*record), WIRE_OPEN);
  if (!record) return;
  fill_head(&record->head, WIRE_OPEN, current_pid(), state);
  record->request = id;
  if (here > WIRE_PATH_MAX) here = WIRE_PATH_MAX;
  record->size = bpf_probe_read_user(record->path, here, (void*)at) ? 0 : here;
  bpf_ringbuf_submit(record, 0);
  sftp->pending[sftp->next++ & (SFTP_PENDING - 1)] = id + 1;
}

ALWAYS_INLINE void sftp_answers(struct sftp_state* sftp, struct task_state* state, u32 id, u32 type) {
  bool asked = false;
  for (int i = 0; i < SFTP_PENDING; i++) {
    if (sftp->pending[i] != id + 1) continue;
    sftp->pending[i] = 0;
    asked = true;
  }
  if (!asked) return;
  struct wire_opened* record = reserve(&details, sizeof(*record), WIRE_OPENED);
  if (!record) return;
  fill_head(&record->head, WIRE_OPENED, current_pid(), state);
  record->request = id;
  record->answer = type;
  bpf_ringbuf_submit(record, 0);
}

ALWAYS_INLINE void lose_sftp(struct sftp_state* sftp) {
  sftp->broken = 1;
  count(lost, WIRE_DETAIL_STATE);
}

/* One packet, or what there is of it. Ends the walk with bytes left over where the framing is lost. */
static long sftp_step(u32 index, void* context) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct sftp_state* sftp = bpf_task_storage_get(&transfers, task, 0, 0);
  struct task_state* state = bpf_task_storage_get(&states, task, 0, 0);
  if (!sftp || !state) return 1;
  struct sftp_stream* stream = sftp->answering ? &sftp->answers : &sftp->requests;

  u64 over = stream->skip < sftp->rest ? stream->skip : sftp->rest;
  stream->skip -= (u32)over;
  sftp->at += over;
  sftp->rest -= over;
  if (!sftp->rest) return 1;

  u32 have = stream->have;
  if (have >= SFTP_HEAD) return 1;
  u64 take = SFTP_HEAD - have;
  if (take > sftp->rest) take = sftp->rest;
  asm volatile("" : "+r"(take)); /* keeps the bounds in sight of the verifier */
  if (bpf_probe_read_user(stream->head + (have & 15), take & 15, (void*)sftp->at)) return 1;
  sftp->at += take;
  sftp->rest -= take;
  have += (u32)take;
  stream->have = have;
  if (have < SFTP_HEAD) return 1;
  u32 size = big_endian(stream->head), id = big_endian(stream->head + 5);
  u8 type = stream->head[4];
  if (size < 5 || size > SFTP_PACKET_MAX) {
    sftp->rest = 1;
    return 1;
  }
  stream->have = 0;
  stream->skip = size - 5;
  u64 here = stream->skip < sftp->rest ? stream->skip : sftp->rest;
  if (!sftp->answering && type == SFTP_OPEN) sftp_opens(sftp, state, id, sftp->at, here);
  if (sftp->answering && (type == SFTP_STATUS || type == SFTP_HANDLE)) sftp_answers(sftp, state, id, type);
  return 0;
}

ALWAYS_INLINE void sftp_walk(struct sftp_state* sftp, u64 buffer, u64 size, u32 answering) {
  sftp->at = buffer;
  sftp->rest = size;
  sftp->answering = answering;
  bpf_loop(SFTP_PACKETS_MAX, sftp_step, 0, 0);
  if (sftp->rest) lose_sftp(sftp);
}

/* A process of the session has read its standard input. The first bytes tell whether it is an SFTP server. */
ALWAYS_INLINE void session_read(struct task_struct* task, struct task_state* state, s32 got, const struct call* call) {
  if (call->fd != 0 || got <= 0) return;
  struct sftp_state* sftp;
  if (state->flags & FLAG_STDIN) {
    sftp = bpf_task_storage_get(&transfers, task, 0, 0);
  } else {
    state->flags |= FLAG_STDIN;
    u8 start[5] = {};
    if (got < SFTP_HEAD || bpf_probe_read_user(start, sizeof(start), (void*)call->buffer)) return;
    if (big_endian(start) != 5 || start[4] != SFTP_INIT) return;
    sftp = bpf_task_storage_get(&transfers, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!sftp) count(lost, WIRE_DETAIL_STATE);
  }
  if (sftp && !sftp->broken) sftp_walk(sftp, call->buffer, got, 0);
}

ALWAYS_INLINE void session_write(struct task_struct* task, s32 sent, const struct call* call) {
  if (call->fd != 1 || sent <= 0) return;
  struct sftp_state* sftp = bpf_task_storage_get(&transfers, task, 0, 0);
  if (sftp && !sftp->broken) sftp_walk(sftp, call->buffer, sent, 1);
}
