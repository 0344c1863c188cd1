// What the fake Slack remembers: users, channels, messages with every edit, what only one user saw. Lives in one process.
import { EventEmitter, once } from "node:events";
import { randomBytes } from "node:crypto";

export class World {
  constructor({ now, team, bot }) {
    this.now = now;
    this.team = team;
    this.bot = bot;
    this.users = new Map();
    this.channels = new Map();
    this.ephemerals = [];
    this.triggers = new Map();  // trigger_id: {user, made, used}
    this.modals = [];           // {user, view, closed}
    this.homes = new Map();     // user: view
    this.homeCount = new Map(); // user: how often it was published
    this.changes = new EventEmitter().setMaxListeners(0);
    this.addUser({ id: bot.user, name: "countersign", is_bot: true });
  }

  /** {id, name, email, deleted, is_bot}; every user is in every channel that lists it. */
  addUser(user) {
    this.users.set(user.id, { deleted: false, is_bot: false, name: user.id.toLowerCase(), ...user });
  }

  /** {id, name, members, archived, restricted}; the bot is a member unless `bot` is false. */
  addChannel({ id, name = id.toLowerCase(), bot = true, members = [], archived = false, restricted = false, dm = null }) {
    const channel = { id, name, dm, archived, restricted, messages: [], lastTs: 0n,
                      members: new Set([...members, ...(bot ? [this.bot.user] : [])]) };
    this.channels.set(id, channel);
    return channel;
  }

  /** The direct-message channel with that user, made when first asked for: "D…". */
  dmOf(userId) {
    for (const channel of this.channels.values()) if (channel.dm === userId) return channel;
    return this.addChannel({ id: `D${randomBytes(5).toString("hex").toUpperCase()}`, members: [userId], dm: userId });
  }

  /** A ts no other message of that channel has: seconds and six digits. */
  nextTs(channel) {
    const micros = BigInt(Math.floor(this.now() * 1000));
    channel.lastTs = micros > channel.lastTs ? micros : channel.lastTs + 1n;
    return `${channel.lastTs / 1_000_000n}.${String(channel.lastTs % 1_000_000n).padStart(6, "0")}`;
  }

  post(channel, { text = "", blocks, metadata, thread_ts, reply_broadcast = false, bot = this.bot.id, user = this.bot.user }) {
    const message = { ts: this.nextTs(channel), reply_broadcast, channel: channel.id, bot_id: bot, user, text, blocks: withIds(blocks),
                      metadata, thread_ts, revisions: [] };
    message.revisions.push({ at: this.now(), text, blocks: message.blocks });
    channel.messages.push(message);
    this.changed();
    return message;
  }

  edit(message, { text, blocks, metadata }) {
    if (text !== undefined) message.text = text;
    message.blocks = withIds(blocks);  // text without blocks removes the blocks
    if (metadata !== undefined) message.metadata = metadata;
    message.edited = this.now();
    message.revisions.push({ at: this.now(), text: message.text, blocks: message.blocks });
    this.changed();
  }

  /** What views.open wants: good for one form within three seconds. */
  trigger(user) {
    const id = `${Math.floor(this.now())}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString("hex")}`;
    this.triggers.set(id, { user, made: this.now(), used: false });
    return id;
  }

  /** The newest form that `user` has not closed. */
  modal(user) {
    return this.modals.findLast((modal) => modal.user === user && !modal.closed);
  }

  whisper(channel, user, { text, blocks }) {
    this.ephemerals.push({ at: this.now(), channel, user, text, blocks });
    this.changed();
  }

  find(channelId, ts) {
    return this.channels.get(channelId)?.messages.find((message) => message.ts === ts);
  }

  changed() {
    this.changes.emit("change");
  }

  /** What `look` gives, once it is something true: asked again at each change. Throws after `within` ms. */
  async until(look, { within = 10_000, what = "the condition" } = {}) {
    const signal = AbortSignal.timeout(within);
    for (;;) {
      const changed = once(this.changes, "change", { signal });
      changed.catch(() => {});
      const value = look();
      if (value) return value;
      await changed.catch(() => {
        throw new Error(`${what} did not come true within ${within} ms`);
      });
    }
  }
}

/** Slack names blocks and elements that have no id. */
function withIds(blocks) {
  const id = () => randomBytes(4).toString("base64url");
  return blocks?.map((block) => ({
    block_id: id(), ...block,
    ...(block.type === "actions" ? { elements: block.elements.map((e) => ({ action_id: id(), ...e })) } : {}),
  }));
}
