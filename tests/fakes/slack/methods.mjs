// The Web API's methods as the fake knows them: arguments, scopes, errors and answers of docs.slack.dev/reference/methods.
// Each takes (context, arguments) and returns the answer's object, or throws Refused. No I/O.
import { blocksTooLong, faultsOfBlocks } from "./blocks.mjs";
import * as views from "./views.mjs";

export class Refused extends Error {
  constructor(error, more = {}) {
    super(error);
    this.more = more;
  }
}

/** name: {scopes, json: whether a JSON body is read, known: every argument, app: takes the app-level token, run} */
export const methods = {
  "auth.test": { scopes: [], json: true, known: {}, run: ({ world }) => ({
    url: `https://${world.team.domain}.slack.com/`, team: world.team.domain, user: "countersign", team_id: world.team.id,
    user_id: world.bot.user, bot_id: world.bot.id, is_enterprise_install: false }) },
  "apps.connections.open": { app: true, scopes: ["connections:write"], json: false, known: {},
                             run: ({ openSocket }) => ({ url: openSocket() }) },
  "chat.postMessage": { scopes: ["chat:write"], json: true, posts: true, run: postMessage, known: {
    channel: "string", text: "string", blocks: "blocks", attachments: "array", metadata: "metadata", thread_ts: "string",
    reply_broadcast: "boolean", unfurl_links: "boolean", unfurl_media: "boolean", mrkdwn: "boolean", parse: "string",
    link_names: "boolean", username: "string", icon_emoji: "string", icon_url: "string", markdown_text: "string" } },
  "chat.update": { scopes: ["chat:write"], json: true, run: update, known: {
    channel: "string", ts: "string", text: "string", blocks: "blocks", attachments: "array", metadata: "metadata",
    parse: "string", link_names: "boolean", reply_broadcast: "boolean", markdown_text: "string" } },
  "chat.postEphemeral": { scopes: ["chat:write"], json: true, run: postEphemeral, known: {
    channel: "string", user: "string", text: "string", blocks: "blocks", attachments: "array", thread_ts: "string",
    parse: "string", link_names: "boolean" } },
  "conversations.open": { scopes: ["im:write"], json: true, run: open, known: {
    users: "string", channel: "string", return_im: "boolean", prevent_creation: "boolean" } },
  "conversations.history": { scopes: [], json: true, run: history, known: {
    channel: "string", cursor: "string", include_all_metadata: "boolean", inclusive: "boolean", latest: "string",
    limit: "number", oldest: "string" } },
  "conversations.replies": { scopes: [], json: true, run: replies, known: {
    channel: "string", ts: "string", cursor: "string", include_all_metadata: "boolean", inclusive: "boolean",
    latest: "string", limit: "number", oldest: "string" } },
  "views.open": { scopes: [], json: true, run: views.open, known: { trigger_id: "string", interactivity_pointer: "string", view: "object" } },
  "views.publish": { scopes: [], json: true, run: views.publish, known: { user_id: "string", view: "object", hash: "string" } },
  "users.info": { scopes: ["users:read"], json: false, run: info, known: { user: "string", include_locale: "boolean" } },
  "users.lookupByEmail": { scopes: ["users:read.email"], json: false, run: lookupByEmail, known: { email: "string" } },
};

function content(args, { needed = true } = {}) {
  if (args.blocks !== undefined) {
    const faults = faultsOfBlocks(args.blocks);
    if (faults.length > 0)
      throw new Refused("invalid_blocks", { errors: faults, response_metadata: { messages: faults.map((f) => `[ERROR] ${f}`) } });
    if (blocksTooLong(args.blocks)) throw new Refused("msg_blocks_too_long");
  }
  if ((args.text?.length ?? 0) > 40_000) throw new Refused("msg_too_long");
  const empty = !args.text && !args.blocks?.length && !args.attachments?.length && !args.markdown_text;
  if (needed && empty) throw new Refused("no_text");
}

function needChannel(world, id) {
  const channel = world.channels.get(id ?? "");
  if (!channel) throw new Refused("channel_not_found");
  return channel;
}

function mayPost(world, channel) {
  if (channel.archived) throw new Refused("is_archived");
  if (!channel.members.has(world.bot.user)) throw new Refused("not_in_channel");
  if (channel.restricted) throw new Refused("restricted_action");
}

function target({ world }, id) {
  if (!/^[UW]/.test(id ?? "")) return needChannel(world, id);
  const user = world.users.get(id);
  if (!user) throw new Refused("channel_not_found");
  if (user.is_bot) throw new Refused("cannot_dm_bot");
  if (user.deleted) throw new Refused("user_disabled");
  if (user.messages_tab_disabled) throw new Refused("messages_tab_disabled");
  return world.dmOf(id);
}

function shown(world, message, { metadata = true } = {}) {
  return { type: "message", user: message.user, bot_id: message.bot_id, app_id: world.bot.app, team: world.team.id,
           ts: message.ts, text: message.text, ...(message.blocks ? { blocks: message.blocks } : {}),
           ...(message.edited ? { edited: { user: message.user, ts: message.ts } } : {}),
           ...(metadata && message.metadata ? { metadata: message.metadata } : {}) };
}

function postMessage(context, args) {
  const { world } = context;
  if (!args.channel) throw new Refused("channel_not_found");
  const channel = target(context, args.channel);
  mayPost(world, channel);
  content(args);
  const parent = args.thread_ts === undefined ? undefined : world.find(channel.id, args.thread_ts);
  if (args.thread_ts !== undefined && !parent) throw new Refused("thread_not_found");
  // A reply's own ts starts no thread: Slack would file it somewhere its writer did not mean.
  if (parent?.thread_ts && parent.thread_ts !== parent.ts) throw new Refused("cannot_reply_to_message");
  if (args.reply_broadcast && !parent) throw new Refused("invalid_arguments", { response_metadata: { messages: ["[ERROR] reply_broadcast needs thread_ts"] } });
  context.countPost(channel);
  const message = world.post(channel, args);
  return { channel: channel.id, ts: message.ts, message: shown(world, message) };
}

function update({ world }, args) {
  // U… is good enough to post to, and not to update in.
  const channel = needChannel(world, args.channel);
  content(args);
  const message = world.find(channel.id, args.ts ?? "");
  if (!message) throw new Refused("message_not_found");
  if (message.bot_id !== world.bot.id) throw new Refused("cant_update_message");
  if (message.locked) throw new Refused("edit_window_closed");
  world.edit(message, args);
  return { channel: channel.id, ts: message.ts, text: message.text, message: shown(world, message) };
}

function postEphemeral({ world }, args) {
  const channel = needChannel(world, args.channel);
  if (channel.archived) throw new Refused("is_archived");
  if (!channel.members.has(world.bot.user)) throw new Refused("not_in_channel");
  content(args);
  if (!channel.members.has(args.user)) throw new Refused("user_not_in_channel");
  world.whisper(channel.id, args.user, args);
  return { message_ts: world.nextTs(channel) };
}

function open(context, args) {
  const users = (args.users ?? "").split(",").filter(Boolean);
  if (users.length !== 1) throw new Refused(args.channel || users.length > 0 ? "invalid_arguments" : "users_list_not_supplied");
  if (!context.world.users.has(users[0])) throw new Refused("user_not_found");
  return { channel: { id: target(context, users[0]).id } };
}

function history(context, args) {
  const { world } = context;
  const channel = needChannel(world, args.channel);
  context.needScope(channel.dm ? "im:history" : channel.id.startsWith("G") ? "groups:history" : "channels:history");
  if (!channel.members.has(world.bot.user)) throw new Refused("not_in_channel");
  const limit = Math.min(args.limit ?? 100, 999);
  const within = (ts) => (!args.oldest || (args.inclusive ? ts >= args.oldest : ts > args.oldest)) &&
                         (!args.latest || (args.inclusive ? ts <= args.latest : ts < args.latest));
  const all = channel.messages.filter((m) => within(m.ts) && (!m.thread_ts || m.thread_ts === m.ts || m.reply_broadcast)).reverse();
  const from = args.cursor ? Number(Buffer.from(args.cursor, "base64").toString()) : 0;
  const more = all.length > from + limit;
  return { messages: all.slice(from, from + limit).map((m) => shown(world, m, { metadata: args.include_all_metadata ?? false })),
           has_more: more, ...(more ? { response_metadata: { next_cursor: Buffer.from(String(from + limit)).toString("base64") } } : {}) };
}

function replies(context, args) {
  const { world } = context;
  const channel = needChannel(world, args.channel);
  context.needScope(channel.dm ? "im:history" : channel.id.startsWith("G") ? "groups:history" : "channels:history");
  if (!channel.members.has(world.bot.user)) throw new Refused("not_in_channel");
  const parent = world.find(channel.id, args.ts ?? "");
  if (!parent) throw new Refused("thread_not_found");
  const limit = Math.min(args.limit ?? 1000, 1000);
  const all = channel.messages.filter((m) => m.thread_ts === parent.ts && m !== parent && (!args.oldest || m.ts > args.oldest));
  const from = args.cursor ? Number(Buffer.from(args.cursor, "base64").toString()) : 0;
  const more = all.length > from + limit;
  return { messages: [parent, ...all.slice(from, from + limit)].map((m) => ({ ...shown(world, m, { metadata: args.include_all_metadata ?? false }), thread_ts: parent.ts })),
           has_more: more, ...(more ? { response_metadata: { next_cursor: Buffer.from(String(from + limit)).toString("base64") } } : {}) };
}

function profile(world, user) {
  return { id: user.id, team_id: world.team.id, name: user.name, deleted: user.deleted, is_bot: user.is_bot,
           is_restricted: user.is_restricted ?? false, profile: { email: user.email, real_name: user.name } };
}

function info({ world }, args) {
  const user = world.users.get(args.user ?? "");
  if (!user) throw new Refused("user_not_found");
  return { user: profile(world, user) };
}

function lookupByEmail({ world }, args) {
  if (!args.email) throw new Refused("invalid_arguments", { response_metadata: { messages: ["[ERROR] missing required field: email"] } });
  const user = [...world.users.values()].find((u) => u.email === args.email && !u.deleted);
  if (!user) throw new Refused("users_not_found");
  return { user: profile(world, user) };
}
