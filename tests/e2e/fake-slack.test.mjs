// The fake Slack held to account by Slack's own clients: what @slack/web-api and @slack/bolt do against the real one
// they must be able to do here, and what the real one refuses is refused in words they understand.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";

import bolt from "@slack/bolt";
import { ErrorCode, WebClient } from "@slack/web-api";

import { FakeSlack } from "../fakes/slack/slack.mjs";

const plain = (text) => ({ type: "plain_text", text });
const section = (text) => ({ type: "section", text: { type: "mrkdwn", text } });
const buttons = (...ids) => ({ type: "actions", block_id: "decide",
  elements: ids.map((id) => ({ type: "button", action_id: id, text: plain(id), value: `value-${id}` })) });
const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => "error", setName() {} };

let slack;
let web;

const client = (token = slack.botToken, options = {}) =>
  new WebClient(token, { slackApiUrl: slack.apiUrl, logger: quiet, retryConfig: { retries: 0 }, ...options });

async function refused(promise, error) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.code, ErrorCode.PlatformError, thrown.stack);
    assert.equal(thrown.data.error, error);
    return true;
  });
}

before(async () => {
  slack = await FakeSlack.start({ perSecond: 0 });
  slack.world.addUser({ id: "U0OSWALDO", name: "oswaldo", email: "oswaldo@example.com" });
  slack.world.addUser({ id: "U0GONE", deleted: true });
  slack.world.addUser({ id: "U0ROBOT", is_bot: true });
  slack.world.addChannel({ id: "C0SECURITY", members: ["U0OSWALDO"] });
  slack.world.addChannel({ id: "C0OLD", archived: true });
  slack.world.addChannel({ id: "C0OTHER", bot: false });
  web = client();
});
after(() => slack.stop());
beforeEach(() => {
  slack.violations.length = 0;
  slack.faults.length = 0;
});

describe("@slack/web-api", () => {
  test("auth, posting, editing, reading back", async () => {
    assert.equal((await web.auth.test()).user_id, "U0BOT");
    const metadata = { event_type: "countersign_notification", event_payload: { notification: "1", revision: 2 } };
    const posted = await web.chat.postMessage({ channel: "C0SECURITY", text: "hello", blocks: [section("hello")], metadata, unfurl_links: false });
    assert.match(posted.ts, /^\d{10}\.\d{6}$/);
    assert.equal(posted.channel, "C0SECURITY");
    assert.equal(posted.message.blocks.length, 1);
    const edited = await web.chat.update({ channel: posted.channel, ts: posted.ts, text: "bye" });
    assert.equal(edited.ts, posted.ts);
    const [message] = slack.messages("C0SECURITY");
    assert.equal(message.text, "bye");
    assert.equal(message.blocks, undefined, "text without blocks removes the blocks");
    assert.deepEqual(message.revisions.map((r) => r.text), ["hello", "bye"]);
    const history = await web.conversations.history({ channel: "C0SECURITY", include_all_metadata: true });
    assert.deepEqual(history.messages[0].metadata, metadata);
    assert.equal((await web.conversations.history({ channel: "C0SECURITY" })).messages[0].metadata, undefined);
    assert.deepEqual(slack.violations, []);
  });

  test("direct messages: U… to post, D… to edit", async () => {
    const posted = await web.chat.postMessage({ channel: "U0OSWALDO", text: "psst" });
    assert.match(posted.channel, /^D/);
    assert.equal((await web.conversations.open({ users: "U0OSWALDO" })).channel.id, posted.channel);
    await refused(web.chat.update({ channel: "U0OSWALDO", ts: posted.ts, text: "x" }), "channel_not_found");
    await web.chat.update({ channel: posted.channel, ts: posted.ts, text: "x" });
    await refused(web.chat.update({ channel: posted.channel, ts: "1.000001", text: "x" }), "message_not_found");
    const another = slack.world.post(slack.world.channels.get(posted.channel), { text: "not ours", bot: "B0OTHER" });
    await refused(web.chat.update({ channel: posted.channel, ts: another.ts, text: "x" }), "cant_update_message");
  });

  test("pages of history, oldest and limit", async () => {
    const channel = slack.world.addChannel({ id: "C0LONG" });
    for (let i = 0; i < 25; i++) slack.world.post(channel, { text: `m${i}` });
    const seen = [];
    for await (const page of web.paginate("conversations.history", { channel: "C0LONG", limit: 10 })) seen.push(...page.messages);
    assert.deepEqual(seen.map((m) => m.text), Array.from({ length: 25 }, (_, i) => `m${24 - i}`));
    assert.equal(new Set(seen.map((m) => m.ts)).size, 25);
    const newer = await web.conversations.history({ channel: "C0LONG", oldest: channel.messages[20].ts });
    assert.deepEqual(newer.messages.map((m) => m.text), ["m24", "m23", "m22", "m21"]);
  });

  test("threads: replies are under their parent, in history only where broadcast", async () => {
    slack.world.addChannel({ id: "C0THREAD" });
    const post = (more) => web.chat.postMessage({ channel: "C0THREAD", text: "x", ...more });
    const parent = await post({});
    const reply = await post({ thread_ts: parent.ts, metadata: { event_type: "e", event_payload: { n: 1 } } });
    const loud = await post({ thread_ts: parent.ts, reply_broadcast: true });
    const stamps = ({ messages }) => messages.map((m) => m.ts);
    assert.deepEqual(stamps(await web.conversations.replies({ channel: "C0THREAD", ts: parent.ts })), [parent.ts, reply.ts, loud.ts]);
    assert.deepEqual(stamps(await web.conversations.history({ channel: "C0THREAD" })), [loud.ts, parent.ts]);
    const [, found] = (await web.conversations.replies({ channel: "C0THREAD", ts: parent.ts, include_all_metadata: true })).messages;
    assert.equal(found.metadata.event_payload.n, 1);
    await refused(post({ thread_ts: "1.000001" }), "thread_not_found");
    await refused(post({ thread_ts: reply.ts }), "cannot_reply_to_message");
    await refused(web.conversations.replies({ channel: "C0THREAD", ts: "1.000001" }), "thread_not_found");
  });

  test("views that Slack refuses, and triggers that are no good", async () => {
    const modal = (more = {}) => ({ type: "modal", title: plain("T"), blocks: [section("x")], ...more });
    const open = (view, trigger_id = slack.world.trigger("U0OSWALDO")) => web.views.open({ trigger_id, view });
    const input = { type: "input", label: plain("l"), element: { type: "plain_text_input" } };
    const bad = { "title of 25": modal({ title: plain("x".repeat(25)) }), "no title": modal({ title: undefined }), "home": modal({ type: "home" }),
                  "input without submit": modal({ blocks: [input] }), "101 blocks": modal({ blocks: Array.from({ length: 101 }, () => ({ type: "divider" })) }),
                  "metadata of 3001": modal({ private_metadata: "x".repeat(3001) }), "unknown property": modal({ colour: "red" }) };
    for (const [what, view] of Object.entries(bad))
      await assert.rejects(open(view), (error) => error.data?.error === "invalid_arguments", what);
    await refused(open(modal(), "no trigger"), "invalid_trigger_id");
    const old = slack.world.trigger("U0OSWALDO");
    slack.world.triggers.get(old).made -= 3001;
    await refused(open(modal(), old), "expired_trigger_id");
    await open(modal({ blocks: [input], submit: plain("s") }));
    slack.world.modals.length = 0;
    await refused(web.views.publish({ user_id: "U0GONE", view: { type: "home", blocks: [] } }), "user_not_found");
    await refused(web.views.publish({ user_id: "U0OSWALDO", view: modal() }), "invalid_arguments");
    await refused(web.chat.postMessage({ channel: "C0SECURITY", text: "x", blocks: [input] }), "invalid_blocks");
  });

  test("people: by id and e-mail, in form arguments only", async () => {
    assert.equal((await web.users.lookupByEmail({ email: "oswaldo@example.com" })).user.id, "U0OSWALDO");
    assert.equal((await web.users.info({ user: "U0GONE" })).user.deleted, true);
    await refused(web.users.lookupByEmail({ email: "nobody@example.com" }), "users_not_found");
    await refused(web.users.info({ user: "U0NOBODY" }), "user_not_found");
    const json = await fetch(`${slack.apiUrl}users.lookupByEmail`, {
      method: "POST", body: JSON.stringify({ email: "oswaldo@example.com" }),
      headers: { authorization: `Bearer ${slack.botToken}`, "content-type": "application/json; charset=utf-8" } });
    assert.equal((await json.json()).error, "invalid_arguments");
    assert.ok(slack.violations.some((v) => v.detail.includes("takes no JSON")));
  });

  test("refusals by target", async () => {
    for (const [channel, error] of [["C0NONE", "channel_not_found"], ["U0NONE", "channel_not_found"], ["C0OLD", "is_archived"],
                                    ["C0OTHER", "not_in_channel"], ["U0GONE", "user_disabled"], ["U0ROBOT", "cannot_dm_bot"]])
      await refused(web.chat.postMessage({ channel, text: "x" }), error);
    await refused(web.chat.postMessage({ channel: "C0SECURITY" }), "no_text");
    await refused(web.chat.postEphemeral({ channel: "C0SECURITY", user: "U0GONE", text: "x" }), "user_not_in_channel");
    await web.chat.postEphemeral({ channel: "C0SECURITY", user: "U0OSWALDO", text: "only you" });
    assert.equal(slack.world.ephemerals.at(-1).text, "only you");
    await refused(web.apiCall("chat.dance", {}), "unknown_method");
  });

  test("refusals by token and scope", async () => {
    await refused(client("").chat.postMessage({ channel: "C0SECURITY", text: "x" }), "not_authed");
    await refused(client("xoxb-wrong").chat.postMessage({ channel: "C0SECURITY", text: "x" }), "invalid_auth");
    const scopes = slack.scopes;
    slack.scopes = scopes.filter((scope) => scope !== "chat:write");
    await assert.rejects(web.chat.postMessage({ channel: "C0SECURITY", text: "x" }),
                         (error) => error.data.error === "missing_scope" && error.data.needed === "chat:write");
    slack.scopes = scopes;
    slack.refuseToken("token_revoked");
    await refused(web.auth.test(), "token_revoked");
    slack.refuseToken(null);
    await web.auth.test();
  });

  test("blocks that Slack refuses", async () => {
    const post = (blocks) => web.chat.postMessage({ channel: "C0SECURITY", text: "x", blocks });
    const button = (more) => ({ type: "actions", elements: [{ type: "button", action_id: "a", text: plain("t"), ...more }] });
    const bad = {
      "unknown type": [{ type: "sectoin" }],
      "no type": [{}],
      "51 blocks": Array.from({ length: 51 }, () => ({ type: "divider" })),
      "section without text": [{ type: "section" }],
      "empty text": [section("")],
      "section of 3001": [section("x".repeat(3001))],
      "11 fields": [{ type: "section", fields: Array.from({ length: 11 }, () => plain("x")) }],
      "no fields": [{ type: "section", fields: [] }],
      "field of 2001": [{ type: "section", fields: [plain("x".repeat(2001))] }],
      "header in mrkdwn": [{ type: "header", text: { type: "mrkdwn", text: "x" } }],
      "header of 151": [{ type: "header", text: plain("x".repeat(151)) }],
      "emoji in mrkdwn": [{ type: "section", text: { type: "mrkdwn", text: "x", emoji: true } }],
      "verbatim in plain_text": [{ type: "section", text: { ...plain("x"), verbatim: true } }],
      "text that is no object": [{ type: "section", text: "x" }],
      "11 in context": [{ type: "context", elements: Array.from({ length: 11 }, () => plain("x")) }],
      "empty context": [{ type: "context", elements: [] }],
      "26 buttons": [buttons(...Array.from({ length: 26 }, (_, i) => `a${i}`))],
      "no buttons": [{ type: "actions", elements: [] }],
      "style null": [button({ style: null })],
      "style default": [button({ style: "default" })],
      "button label of 76": [button({ text: plain("x".repeat(76)) })],
      "button label in mrkdwn": [button({ text: { type: "mrkdwn", text: "x" } })],
      "value of 2001": [button({ value: "x".repeat(2001) })],
      "value that is a number": [button({ value: 7 })],
      "action_id of 256": [button({ action_id: "x".repeat(256) })],
      "action_id twice": [buttons("a", "a")],
      "block_id twice": [{ type: "divider", block_id: "b" }, { type: "divider", block_id: "b" }],
      "block_id of 256": [{ type: "divider", block_id: "x".repeat(256) }],
      "unknown property": [{ type: "divider", colour: "red" }],
    };
    for (const [what, blocks] of Object.entries(bad))
      await assert.rejects(post(blocks), (error) => error.data?.error === "invalid_blocks" && error.data.errors.length > 0, what);
    await refused(post(Array.from({ length: 5 }, () => section("x".repeat(2900)))), "msg_blocks_too_long");
    await refused(web.apiCall("chat.postMessage", { channel: "C0SECURITY", text: "x", blocks: "nonsense" }), "invalid_blocks_format");
    await post([{ type: "header", text: plain("x".repeat(150)) }, section("x".repeat(3000)), buttons("a", "b"),
                { type: "divider" }, { type: "context", elements: [plain("x")] }]);
  });

  test("argument types, metadata, content types", async () => {
    await refused(web.apiCall("chat.postMessage", { channel: "C0SECURITY", text: "x", unfurl_links: "perhaps" }), "invalid_arguments");
    const post = (metadata) => web.chat.postMessage({ channel: "C0SECURITY", text: "x", metadata });
    await refused(post({ event_type: "x" }), "invalid_metadata_format");
    await refused(post({ event_type: "x", event_payload: { nested: { a: 1 } } }), "invalid_metadata_schema");
    const raw = async (type, body) => (await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: "POST", body, headers: { authorization: `Bearer ${slack.botToken}`, "content-type": type } })).json();
    const good = JSON.stringify({ channel: "C0SECURITY", text: "x" });
    assert.deepEqual((await raw("application/json", good)).response_metadata.warnings, ["missing_charset"]);
    assert.equal((await raw("application/json; charset=utf-8", good)).warning, undefined);
    assert.equal((await raw("application/json; charset=utf-8", "{")).error, "invalid_json");
    assert.equal((await raw("application/json; charset=utf-8", "[]")).error, "json_not_object");
    assert.equal((await raw("text/plain", good)).error, "invalid_post_type");
    assert.equal((await raw("application/json; charset=utf-8", JSON.stringify({ channel: 7, text: "x" }))).error, "invalid_arguments");
  });

  test("rate limit: 429 with Retry-After, which the client waits for", async () => {
    const fast = await FakeSlack.start({ perSecond: 1, burst: 2 });
    fast.world.addChannel({ id: "C1" });
    fast.world.addChannel({ id: "C2" });
    const waits = [];
    const patient = new WebClient(fast.botToken, { slackApiUrl: fast.apiUrl, logger: quiet });
    patient.on("rate_limited", (seconds) => waits.push(seconds));
    for (let i = 0; i < 3; i++) await patient.chat.postMessage({ channel: "C1", text: `m${i}` });
    assert.deepEqual(waits, [1]);
    assert.deepEqual(fast.messages("C1").map((m) => m.text), ["m0", "m1", "m2"]);
    const hasty = new WebClient(fast.botToken, { slackApiUrl: fast.apiUrl, logger: quiet, rejectRateLimitedCalls: true });
    await hasty.chat.postMessage({ channel: "C2", text: "another channel has its own" });
    await assert.rejects((async () => { for (let i = 0; i < 3; i++) await hasty.chat.postMessage({ channel: "C1", text: "x" }); })(),
                         (error) => error.code === ErrorCode.RateLimitedError && error.retryAfter === 1);
    await fast.stop();
  });

  test("faults: what is lost before and after the call was done", async () => {
    const count = () => slack.messages("C0SECURITY").length;
    const post = (one = web) => one.chat.postMessage({ channel: "C0SECURITY", text: "x" });
    const kinds = [{ kind: "status", status: 500 }, { kind: "reset" }, { kind: "truncate" }, { kind: "malformed" }, { kind: "hang" }];
    for (const acts of [false, true])
      for (const answer of kinds) {
        const had = count();
        slack.fault({ method: "chat.postMessage", acts, answer });
        await assert.rejects(post(client(slack.botToken, { timeout: 500 })), `${answer.kind}`);
        assert.equal(count(), had + (acts ? 1 : 0), `${answer.kind} acts: ${acts}`);
      }
    slack.fault({ method: "chat.postMessage", times: 2, answer: { kind: "status", status: 503 } });
    await post(client(slack.botToken, { retryConfig: { retries: 3, minTimeout: 1, maxTimeout: 5 } }));
  });
});

describe("@slack/bolt", () => {
  let app;
  let url;
  const heard = [];

  before(async () => {
    const port = await freePort();
    app = new bolt.App({ token: slack.botToken, signingSecret: slack.signingSecret, logger: quiet,
                         clientOptions: { slackApiUrl: slack.apiUrl } });
    app.action("approve", async ({ ack, body, action, respond, client: bot }) => {
      await ack();
      heard.push({ user: body.user.id, value: action.value, ts: body.container.message_ts });
      await respond({ response_type: "ephemeral", replace_original: false, text: `thanks ${body.user.id}` });
      await bot.chat.update({ channel: body.channel.id, ts: body.message.ts, text: "decided" });
    });
    app.action("replace", async ({ ack, respond }) => {
      await ack();
      await respond({ replace_original: true, text: "replaced" });
    });
    app.action("chatty", async ({ ack, respond }) => {
      await ack();
      for (let i = 0; i < 6; i++) await respond(`${i}`).catch((error) => heard.push({ refused: String(error) }));
      heard.push({ chatty: true });
      slack.world.changed();
    });
    const form = { type: "modal", callback_id: "why", private_metadata: "opaque", title: plain("Why"), submit: plain("Send"),
      blocks: [{ type: "input", block_id: "reason", label: plain("Reason"), element: { type: "plain_text_input", action_id: "text" } }] };
    app.action("form", async ({ ack, body, client: bot }) => {
      await ack();
      await bot.views.open({ trigger_id: body.trigger_id, view: form });
    });
    app.action("form twice", async ({ ack, body, client: bot }) => {
      await ack();
      await bot.views.open({ trigger_id: body.trigger_id, view: form });
      await bot.views.open({ trigger_id: body.trigger_id, view: form }).catch((error) => heard.push({ second: error.data.error }));
      slack.world.changed();
    });
    app.view("why", async ({ ack, view }) => {
      const said = view.state.values.reason.text.value;
      if (said.length < 5) return ack({ response_action: "errors", errors: { reason: "too short" } });
      heard.push({ submitted: said, carried: view.private_metadata });
      await ack();
    });
    app.event("app_home_opened", async ({ event, client: bot }) => {
      await bot.views.publish({ user_id: event.user, view: { type: "home", blocks: [buttons("home approve")] } });
    });
    app.action("home approve", async ({ ack, action }) => {
      await ack();
      heard.push({ fromHome: action.value });
      slack.world.changed();
    });
    app.command("/countersign", async ({ ack, command }) => ack({ response_type: "ephemeral", text: `you said ${command.text}` }));
    await app.start({ port, host: "127.0.0.1" });
    url = `http://127.0.0.1:${port}/slack/events`;
  });
  after(() => app.stop());

  const post = async (...ids) => (await web.chat.postMessage({ channel: "U0OSWALDO", text: "?", blocks: [buttons(...ids)] })).ts;
  const click = (ts, action_id, forge) => slack.click({ url, user: "U0OSWALDO", channel: "U0OSWALDO", ts, action_id, forge });

  test("verifies, acknowledges and answers a click", async () => {
    const ts = await post("approve", "deny");
    const answer = await click(ts, "approve");
    assert.equal(answer.status, 200);
    const channel = slack.world.dmOf("U0OSWALDO").id;
    await slack.until(() => slack.world.find(channel, ts).text === "decided", { what: "the edit" });
    assert.deepEqual(heard.at(-1), { user: "U0OSWALDO", value: "value-approve", ts });
    await slack.until(() => slack.world.ephemerals.some((e) => e.text === "thanks U0OSWALDO" && e.user === "U0OSWALDO"));
    assert.equal(slack.world.find(channel, ts).blocks, undefined);
    await assert.rejects(click(ts, "approve"), /no approve button/, "a decided message has no button to click");
    assert.equal((await slack.click({ url, user: "U0OSWALDO", channel, ts, action_id: "approve", revision: 0 })).status, 200);
    assert.deepEqual(slack.violations, []);
  });

  test("forms: opened by a trigger, submitted, kept open by an error", async () => {
    const ts = await post("form", "form twice");
    await click(ts, "form");
    const modal = await slack.until(() => slack.world.modal("U0OSWALDO"));
    assert.equal(modal.view.callback_id, "why");
    const refusedForm = await slack.submit({ url, user: "U0OSWALDO", values: { reason: "no" } });
    assert.deepEqual(refusedForm.errors, { reason: "too short" });
    assert.ok(slack.world.modal("U0OSWALDO"), "still open");
    await slack.submit({ url, user: "U0OSWALDO", values: { reason: "long enough" } });
    assert.equal(slack.world.modal("U0OSWALDO"), undefined);
    assert.deepEqual(heard.at(-1), { submitted: "long enough", carried: "opaque" });
    assert.deepEqual(slack.violations, []);
    await click(ts, "form twice");
    await slack.until(() => heard.at(-1)?.second);
    assert.equal(heard.at(-1).second, "exchanged_trigger_id");
  });

  test("App Home: published when it is opened, its buttons work", async () => {
    slack.violations.length = 0;
    await slack.opened(url, "U0OSWALDO");
    await slack.until(() => slack.world.homes.get("U0OSWALDO"));
    await slack.clickHome({ url, user: "U0OSWALDO", action_id: "home approve" });
    await slack.until(() => heard.at(-1)?.fromHome === "value-home approve");
    assert.deepEqual(slack.violations, []);
  });

  test("slash commands and the events' challenge", async () => {
    const { said } = await slack.command({ url, user: "U0OSWALDO", text: "pending now" });
    assert.equal(said.text, "you said pending now");
    const challenge = await slack.event({ url, body: { type: "url_verification", challenge: "c", token: "t" } });
    assert.equal(JSON.parse(challenge.body).challenge, "c");
    assert.deepEqual(slack.violations, []);
  });

  test("refuses what is forged, altered or old", async () => {
    const ts = await post("approve");
    const before = heard.length;
    const forgeries = { secret: { secret: "other" }, signature: { signed: `v0=${"0".repeat(64)}` }, old: { timestamp: Math.floor(Date.now() / 1000) - 360 } };
    for (const [what, forge] of Object.entries(forgeries)) assert.equal((await click(ts, "approve", forge)).status, 401, what);
    assert.equal(heard.length, before);
  });

  test("response_url: replaces, and is spent after five uses", async () => {
    const ts = await post("replace", "chatty");
    await click(ts, "chatty");
    await slack.until(() => heard.some((h) => h.chatty));
    assert.ok(slack.violations.some((v) => v.rule === "response_url" && v.detail === "used_url"));
    await click(ts, "replace");
    await slack.until(() => slack.world.find(slack.world.dmOf("U0OSWALDO").id, ts).text === "replaced");
  });
});

test("an answer later than 3 s, or other than 200, is on record", async () => {
  const { createServer: serve } = await import("node:http");
  const slow = serve((request, response) => request.resume().on("end", () => setTimeout(() => response.end(), 3100)));
  const angry = serve((request, response) => request.resume().on("end", () => response.writeHead(500).end()));
  for (const server of [slow, angry]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const ts = (await web.chat.postMessage({ channel: "C0SECURITY", text: "?", blocks: [buttons("a")] })).ts;
  for (const server of [slow, angry])
    await slack.click({ url: `http://127.0.0.1:${server.address().port}/`, user: "U0OSWALDO", channel: "C0SECURITY", ts, action_id: "a" });
  const late = slack.violations.filter((v) => v.rule === "ack").map((v) => v.detail);
  assert.match(late[0], /^answered after 3\d\d\d ms$/);
  assert.equal(late[1], "answered 500");
  for (const server of [slow, angry]) await new Promise((resolve) => server.close(resolve));
});

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
