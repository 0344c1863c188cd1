// A fake Slack with the people of a test, a Countersign that talks to it, and what tests ask about the two.
import assert from "node:assert/strict";

import { FakeSlack } from "../../fakes/slack/slack.mjs";
import { Countersign } from "./countersign.mjs";

export const securityChannel = "C0SECURITY";
export const oswaldo = "U0OSWALDO";
export const alice = "U0ALICE";
export const securityMember = "U0SEC1";
export const stranger = "U0STRANGER";

const environment = { COUNTERSIGN_TEST_BOT_TOKEN: "xoxb-fake", COUNTERSIGN_TEST_SIGNING_SECRET: "fake-signing-secret",
                      COUNTERSIGN_TEST_APP_TOKEN: "xapp-fake" };

/**
 * Both, started; stop() ends both. `config` is merged over Slack's tables; `slack` are FakeSlack's options.
 * `socketMode`: clicks go by Socket Mode, once both its connections said hello ("unawaited": not waited for).
 */
export async function startBoth({ config = {}, slack: options = {}, socketMode = false } = {}) {
  const slack = await FakeSlack.start({ perSecond: 0, ...options });
  for (const id of [oswaldo, alice, securityMember, stranger]) slack.world.addUser({ id });
  slack.world.addChannel({ id: securityChannel, members: [oswaldo, alice, securityMember, stranger] });
  const both = { slack };
  const { slack: slackTable = {}, notify = {}, ...rest } = config;
  both.countersign = await Countersign.start({
    env: environment,
    config: {
      slack: { api_url: slack.apiUrl, bot_token_env: "COUNTERSIGN_TEST_BOT_TOKEN",
               ...(socketMode ? { app_token_env: "COUNTERSIGN_TEST_APP_TOKEN" }
                              : { signing_secret_env: "COUNTERSIGN_TEST_SIGNING_SECRET" }), security_channel: securityChannel,
               security_team: [securityMember], ...slackTable },
      notify: { group_window: "0s", escalate_after: "1h", repeat_every: "1h", ...notify },
      ...rest,
    },
  }).catch(async (error) => {
    await slack.stop();
    throw error;
  });
  both.stop = async () => {
    const ended = await both.countersign.stop();
    await slack.stop();
    return ended;
  };
  both.click = (message, user, action_id, more = {}) => socketMode
    ? slack.clickBySocket({ user, channel: message.channel, ts: message.ts, action_id, ...more })
    : slack.click({ url: `${both.countersign.url}/slack/interactivity`, user, channel: message.channel, ts: message.ts, action_id, ...more });
  if (socketMode && socketMode !== "unawaited") await slack.until(() => slack.sockets.live.length >= 2, { what: "two connections" });
  return both;
}

/** The messages of a user or channel once there are `count` of them; fails at once where there are more. */
export async function messagesOf(slack, id, count) {
  const messages = await slack.until(() => slack.messages(id).length >= count && slack.messages(id),
                                     { what: `${count} message(s) for ${id} (there are ${slack.messages(id).length})` });
  assert.equal(messages.length, count, `messages for ${id}: ${messages.map((m) => m.text).join(" | ")}`);
  return messages;
}

/** As messagesOf(), without receipts of what was decided in their name. */
export async function questionsOf(slack, id, count) {
  const questions = () => slack.messages(id).filter((message) => !/in your name$/m.test(wordsOf(message)));
  await slack.until(() => questions().length >= count, { what: `${count} question(s) for ${id}` });
  assert.equal(questions().length, count, `questions for ${id}: ${questions().map((m) => m.text).join(" | ")}`);
  return questions();
}

export function actionsOf(message) {
  return (message.blocks ?? []).filter((block) => block.type === "actions").flatMap((block) => block.elements.map((e) => e.action_id));
}

/** All words a reader sees in the blocks. */
export function wordsOf(message) {
  const words = [];
  const visit = (node) => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (node && typeof node === "object") {
      if (typeof node.text === "string") words.push(node.text);
      Object.values(node).forEach(visit);
    }
  };
  visit(message.blocks ?? []);
  return words.join("\n");
}

/** Rules broken, but for those a test provoked: no message of ours should have any. */
export function assertNothingBroken(slack, except = []) {
  assert.deepEqual(slack.violations.filter((v) => !except.includes(v.rule)), []);
}
