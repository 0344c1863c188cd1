// The fake's Socket Mode held to account by Slack's own client: what @slack/socket-mode does against the real one it
// must be able to do here, and what breaks a rule is recorded.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { SocketModeClient } from "@slack/socket-mode";
import WebSocket from "ws";

import { FakeSlack } from "../fakes/slack/slack.mjs";

const quiet = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => "error", setName() {} };

let slack;
before(async () => {
  slack = await FakeSlack.start({ perSecond: 0, sockets: { pingEvery: 200, pongWithin: 1000 } });
  slack.world.addUser({ id: "U0OSWALDO" });
});
after(() => slack.stop());
beforeEach(() => (slack.violations.length = 0));

const official = (options = {}) =>
  new SocketModeClient({ appToken: slack.appToken, logger: quiet, clientOptions: { slackApiUrl: slack.apiUrl }, clientPingTimeout: 600,
                         serverPingTimeout: 3000, ...options });

async function connect() {
  const client = official();
  await client.start();
  return client;
}

/** When the client knows that it is connected anew: told to stop before, it would reject a promise nobody has. */
const connectedAgain = (client) => new Promise((resolve) => client.once("connected", resolve));

const open = async (token = slack.appToken) =>
  (await fetch(`${slack.apiUrl}apps.connections.open`, { method: "POST", headers: { authorization: `Bearer ${token}` } })).json();
const broken = (rule) => slack.violations.filter((v) => v.rule === rule).map((v) => v.detail);
const ended = (socket) => new Promise((resolve) => socket.once("close", resolve).once("error", () => {}));

describe("@slack/socket-mode", () => {
  test("hello, envelopes of every type, acknowledged; pings both ways; goodbye", async () => {
    const client = await connect();
    const heard = [];
    for (const type of ["interactive", "slash_commands"])
      client.on(type, async ({ ack, body }) => {
        heard.push([type, body.type ?? body.command]);
        await ack();
      });
    client.on("slack_event", async ({ ack, type, body }) => {
      if (type !== "events_api") return;
      heard.push([type, body.event.type]);
      await ack();
    });
    for (const [type, payload] of [["interactive", { type: "block_actions" }], ["slash_commands", { command: "/countersign" }],
                                   ["events_api", { type: "event_callback", event: { type: "app_home_opened" } }]]) {
      const { acked, ms } = await slack.sockets.deliver(type, payload);
      assert.ok(acked && ms < 1000, `${type} ${ms}`);
    }
    assert.deepEqual(heard, [["interactive", "block_actions"], ["slash_commands", "/countersign"], ["events_api", "app_home_opened"]]);
    await new Promise((resolve) => setTimeout(resolve, 1500));  // some pings, both ways
    assert.equal(slack.sockets.live.length, 1);
    await client.disconnect();
    await slack.until(() => slack.sockets.live.length === 0);
    assert.deepEqual(slack.violations, []);
  });

  test("a click as a message's button gives it", async () => {
    const client = await connect();
    const message = slack.world.post(slack.world.dmOf("U0OSWALDO"), { text: "?", blocks: [
      { type: "actions", elements: [{ type: "button", action_id: "approve", value: "v", text: { type: "plain_text", text: "Yes" } }] }] });
    client.on("interactive", async ({ ack, body }) => {
      assert.equal(body.actions[0].value, "v");
      await ack();
    });
    const click = await slack.clickBySocket({ user: "U0OSWALDO", channel: message.channel, ts: message.ts, action_id: "approve" });
    assert.ok(click.acked);
    await client.disconnect();
    assert.deepEqual(slack.violations, []);
  });

  test("told to go, it comes back; it closes first, which is recorded", async () => {
    const client = await connect();
    const [old] = slack.sockets.live;
    const back = connectedAgain(client);
    old.disconnect("refresh_requested", { closeAfter: 2000 });
    await back;
    assert.ok(slack.sockets.live.some((c) => c !== old));
    assert.ok(old.closedAt);
    assert.deepEqual(broken("refresh"), ["the old connection was closed before a new one was open"]);
    await client.disconnect();
  });

  test("a frozen connection is noticed and replaced", async () => {
    const client = await connect();
    await slack.until(() => slack.sockets.live.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 400));  // a pong or two
    const [old] = slack.sockets.live;
    const back = connectedAgain(client);
    old.freeze();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    old.thaw();  // what it sent meanwhile is read now: a goodbye, for it would wait half a minute for the answer to that
    await slack.until(() => old.closedAt, { what: "its end" });
    await back;
    await client.disconnect();
  });

  test("a token that is refused", async () => {
    for (const error of ["invalid_auth", "not_authed", "account_inactive"]) {
      slack.refuseAppToken(error);
      await assert.rejects(official().start(), (thrown) => thrown.data?.error === error);
    }
    slack.refuseAppToken(null);
    await assert.rejects(official({ appToken: "xapp-wrong" }).start(), (thrown) => thrown.data?.error === "invalid_auth");
    assert.equal((await open(slack.botToken)).error, "not_allowed_token_type");
    assert.equal((await open("")).error, "not_authed");
  });

  test("Socket Mode switched off: told so, and again until it is on", async () => {
    const client = await connect();
    const back = connectedAgain(client);
    slack.sockets.disable();
    await slack.until(() => slack.sockets.live.length === 0);
    const { url } = await open();
    const socket = new WebSocket(url);
    const gone = ended(socket);
    const first = await new Promise((resolve) => socket.once("message", (text) => resolve(JSON.parse(text))));
    assert.deepEqual([first.type, first.reason], ["disconnect", "link_disabled"]);
    await gone;
    slack.sockets.enable();
    await back;
    assert.equal(slack.sockets.live.length, 1);
    await client.disconnect();
  });
});

describe("rules that a client can break", () => {
  const hello = (socket) => new Promise((resolve) => socket.once("message", (text) => resolve(JSON.parse(text))));
  const dial = async (options) => {
    const socket = new WebSocket((await open()).url, options);
    assert.equal((await hello(socket)).type, "hello");
    return socket;
  };

  test("a URL is good once, and only if it was given out", async () => {
    const { url } = await open();
    const first = new WebSocket(url);
    await hello(first);
    for (const bad of [url, url.replace(/ticket=[^&]*/, "ticket=guessed")]) {
      const socket = new WebSocket(bad);
      await new Promise((resolve) => socket.once("error", resolve));
    }
    assert.deepEqual(broken("socket_url"), ["a URL used twice", "a URL that was never given out"]);
    first.close();
    await ended(first);
  });

  test("ten connections, not eleven", async () => {
    const sockets = [];
    for (let i = 0; i < 10; i++) sockets.push(await dial());
    const eleventh = new WebSocket((await open()).url);
    assert.deepEqual((await hello(eleventh)).reason, "too_many_websockets");
    assert.equal(broken("connections").length, 1);
    for (const socket of sockets) socket.terminate();
    await slack.until(() => slack.sockets.live.length === 0);
  });

  test("acknowledgements: none, late, twice, of nothing, no JSON; pings without pong", async () => {
    const socket = await dial({ autoPong: false });
    assert.equal((await slack.sockets.deliver("interactive", {})).acked, false);
    assert.deepEqual(broken("ack"), ["interactive: never"]);
    slack.violations.length = 0;
    socket.once("message", (text) => {
      const ack = JSON.stringify({ envelope_id: JSON.parse(text).envelope_id });
      setTimeout(() => socket.send(ack), 3100);
      setTimeout(() => socket.send(ack), 3150);
    });
    assert.equal((await slack.sockets.deliver("interactive", {})).late, true);
    socket.send(JSON.stringify({ envelope_id: "of nothing" }));
    socket.send("no JSON");
    await slack.until(() => broken("ack").length === 4);
    assert.match(broken("ack").join("|"), /^interactive: after 31\d\d ms\|.*twice|more often/);
    assert.ok(broken("pong").length >= 1);
    socket.terminate();
    await slack.until(() => slack.sockets.live.length === 0);
    assert.deepEqual(await slack.sockets.deliver("interactive", {}), { undelivered: true });
  });
});
