// A user's click as Slack sends it: a signed form POST with a block_actions payload, owed an answer within 3 s.
import { createHmac } from "node:crypto";

const ackWithin = 3000;

export function signature(secret, timestamp, body) {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

/** The button as that revision of the message showed it, the newest by default; undefined where it had none. */
export function buttonOf(message, actionId, revision = message.revisions.length - 1) {
  return buttonIn(message.revisions.at(revision)?.blocks, actionId);
}

/** The first button of that action in these blocks. */
export function buttonIn(blocks, actionId) {
  for (const block of blocks ?? [])
    for (const element of [...(block.elements ?? []), block.accessory])
      if (element?.type === "button" && element.action_id === actionId) return { ...element, block_id: block.block_id };
  return undefined;
}

export function blockActions(world, { message, button, userId, responseUrl }) {
  const user = world.users.get(userId) ?? { id: userId, name: userId };
  const channel = world.channels.get(message.channel);
  const now = world.now() / 1000;
  return {
    type: "block_actions",
    user: { id: user.id, username: user.name, name: user.name, team_id: world.team.id },
    api_app_id: world.bot.app,
    token: "verification-token-nobody-should-use",
    container: { type: "message", message_ts: message.ts, channel_id: channel.id, is_ephemeral: false },
    trigger_id: world.trigger(userId),
    team: { id: world.team.id, domain: world.team.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel.id, name: channel.dm ? "directmessage" : channel.name },
    message: { type: "message", user: message.user, bot_id: message.bot_id, app_id: world.bot.app, ts: message.ts,
               text: message.text, team: world.team.id, blocks: message.blocks },
    state: { values: {} },
    response_url: responseUrl,
    actions: [{ action_id: button.action_id, block_id: button.block_id, text: button.text,
                ...(button.value === undefined ? {} : { value: button.value }),
                ...(button.style ? { style: button.style } : {}), type: "button", action_ts: now.toFixed(6) }],
  };
}

/** A click in a view: App Home has neither channel nor response_url. */
export function viewActions(world, { view, button, userId }) {
  return {
    type: "block_actions",
    user: { id: userId, username: userId, name: userId, team_id: world.team.id },
    api_app_id: world.bot.app,
    token: "verification-token-nobody-should-use",
    container: { type: "view", view_id: view.id },
    trigger_id: world.trigger(userId),
    team: { id: world.team.id, domain: world.team.domain },
    view: { ...view, team_id: world.team.id, app_id: world.bot.app, bot_id: world.bot.id, state: { values: {} } },
    actions: [{ action_id: button.action_id, block_id: button.block_id, text: button.text, value: button.value, type: "button",
                action_ts: (world.now() / 1000).toFixed(6) }],
  };
}

/** A form submitted: `values` are {block_id: text}. */
export function viewSubmission(world, { modal, values }) {
  const state = Object.fromEntries(modal.view.blocks.filter((block) => block.type === "input").map((block) =>
    [block.block_id, { [block.element.action_id]: entered(block.element, values[block.block_id]) }]));
  return {
    type: "view_submission",
    team: { id: world.team.id, domain: world.team.domain },
    user: { id: modal.user, username: modal.user, name: modal.user, team_id: world.team.id },
    api_app_id: world.bot.app,
    token: "verification-token-nobody-should-use",
    trigger_id: world.trigger(modal.user),
    view: { ...modal.view, team_id: world.team.id, app_id: world.bot.app, bot_id: world.bot.id, state: { values: state } },
    response_urls: [],
  };
}

/** What stands in a field: what was put there, else what the form proposed. */
function entered(element, value) {
  if (element.type === "datetimepicker") return { type: element.type, selected_date_time: value ?? element.initial_date_time ?? null };
  return { type: element.type, value: value ?? element.initial_value ?? null };
}

/** The first menu of that action in these blocks. */
export function menuIn(blocks, actionId) {
  for (const block of blocks ?? [])
    for (const element of [...(block.elements ?? []), block.accessory])
      if (element?.type === "static_select" && element.action_id === actionId) return { ...element, block_id: block.block_id };
  return undefined;
}

/** The same as a click, for an option chosen in a menu. */
export function chosen(world, { message, menu, option, userId, responseUrl }) {
  const payload = blockActions(world, { message, button: menu, userId, responseUrl });
  payload.actions = [{ type: "static_select", action_id: menu.action_id, block_id: menu.block_id, selected_option: option,
                       placeholder: menu.placeholder, action_ts: payload.actions[0].action_ts }];
  return payload;
}

export const formOf = (payload) => `payload=${encodeURIComponent(JSON.stringify(payload))}`;

/** Sends a body as Slack does; every part can be forged. Answers {status, body, ms, late}. */
export async function deliver(url, { secret, body, timestamp, signed, method = "POST", headers = {} }) {
  const stamp = String(timestamp ?? Math.floor(Date.now() / 1000));
  const began = performance.now();
  const reply = await fetch(url, {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(20_000),
    headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
               "x-slack-request-timestamp": stamp, "x-slack-signature": signed ?? signature(secret, stamp, body), ...headers },
    ...(method === "GET" || method === "HEAD" ? {} : { body }),
  });
  const text = await reply.text();
  const ms = performance.now() - began;
  return { status: reply.status, body: text, ms, late: ms > ackWithin };
}
