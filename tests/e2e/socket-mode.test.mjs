// The main job by Socket Mode, with the real program and over TLS: asked, answered over a websocket, and what happens
// to clicks while connections come, go, and die in silence. The fake records every rule broken.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { makeCertificate } from "./lib/certificate.mjs";
import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, alice, assertNothingBroken, messagesOf, oswaldo, questionsOf, securityChannel, securityMember, startBoth,
         stranger, wordsOf } from "./lib/slack.mjs";

let certificate;
before(async () => (certificate = await makeCertificate()));
after(() => certificate.remove());

const start = ({ config = {}, ...more } = {}) =>
  startBoth({ socketMode: true, slack: { tls: certificate.tls }, ...more,
              config: { ...config, slack: { ca_file: certificate.caFile, ...config.slack } } });

let port = 50_000;
async function ask(both, line = {}) {
  const { status, body } = await both.countersign.papertrail([papertrailEvent({ message: acceptedLine({ port: port++, ...line }) })]);
  assert.equal(status, 200, JSON.stringify(body));
}
async function asked(both, count = 1) {
  await ask(both);
  return (await questionsOf(both.slack, oswaldo, count)).at(-1);
}
const updated = (both, message, words) =>
  both.slack.until(() => actionsOf(message).length === 0 && words.test(wordsOf(message)), { what: `${words} in ${wordsOf(message)}` });
const readyz = async (both) => (await both.countersign.api("/readyz", { role: null })).body;
const inTime = (click) => assert.ok(click.acked && !click.late, JSON.stringify({ ...click, connection: undefined, payload: undefined }));

describe("asked, answered", () => {
  const team = [securityMember, ...Array.from({ length: 18 }, (_, i) => `U0TEAM${i}`)];
  let both;
  before(async () => {
    both = await start({ config: { slack: { security_team: team } } });
    for (const id of team.slice(1)) both.slack.world.addUser({ id });
  });
  after(() => both.stop());

  test("two connections over TLS, and no way in by HTTP", async () => {
    assert.match(both.slack.apiUrl, /^https:/);
    assert.equal(both.slack.sockets.live.length, 2);
    const { deliver } = await import("../fakes/slack/clicks.mjs");
    const reply = await deliver(`${both.countersign.url}/slack/interactivity`, { secret: both.slack.signingSecret, body: "payload=%7B%7D" });
    assert.equal(reply.status, 404);
    assert.equal((await readyz(both)).status, "ok");
  });

  test("the owner approves", async () => {
    const message = await asked(both, 1);
    const click = await both.click(message, oswaldo, "approve");
    inTime(click);
    // Acknowledged means durable: whoever asks now sees it.
    assert.equal((await both.countersign.approvals({ state: "approved" })).length, 1);
    await updated(both, message, /\*Approved\* by Oswaldo/);
  });

  test("the owner denies: an alarm in the channel", async () => {
    const message = await asked(both, 2);
    inTime(await both.click(message, oswaldo, "deny"));
    await updated(both, message, /\*Denied\* by Oswaldo/);
    const [alarm] = await messagesOf(both.slack, securityChannel, 1);
    assert.match(wordsOf(alarm), /denied[\s\S]*\*Denied\* by Oswaldo/i);
  });

  test("a stranger, and a person it was not addressed to, are told so and change nothing", async () => {
    const message = await asked(both, 3);
    for (const user of [stranger, alice]) {
      const had = both.slack.world.ephemerals.length;
      inTime(await both.click(message, user, "approve"));
      await both.slack.until(() => both.slack.world.ephemerals.length > had, { what: `a word to ${user}` });
      assert.equal(both.slack.world.ephemerals.at(-1).user, user);
      assert.match(both.slack.world.ephemerals.at(-1).text, /^Only /);
    }
    assert.equal((await both.countersign.approvals({ state: "pending" })).length, 1);
    inTime(await both.click(message, securityMember, "approve"));
    await updated(both, message, /\*Approved\*/);
  });

  test("the same envelope again, on either connection, is acknowledged and told nobody", async () => {
    const message = await asked(both, 4);
    const first = await both.click(message, oswaldo, "approve");
    const had = both.slack.world.ephemerals.length;
    for (const over of both.slack.sockets.live) inTime(await both.slack.clickBySocket({ again: first, over }));
    await updated(both, message, /\*Approved\* by Oswaldo/);
    assert.equal(both.slack.world.ephemerals.length, had);
  });

  test("twenty people click at once: one decision, the others are told", async () => {
    const message = await asked(both, 5);
    const had = both.slack.world.ephemerals.length;
    const clicks = await Promise.all([oswaldo, ...team].map((id, i) => both.click(message, id, i % 3 ? "approve" : "deny")));
    clicks.forEach(inTime);
    await updated(both, message, /\*(Approved|Denied)\* by/);
    await both.slack.until(() => both.slack.world.ephemerals.filter((e, i) => i >= had && /already/.test(e.text)).length === 19);
    const told = new Set(both.slack.world.ephemerals.slice(had).map((e) => e.user));
    assert.equal(told.size, 19);
    const decided = (await both.countersign.approvals()).find((a) => a.notifications.length > 0 && a.events[0]["source.port"] === port - 1);
    assert.equal(decided.decisions.length, 1);
  });

  test("envelopes that are none of ours are acknowledged", async () => {
    for (const [type, payload] of [["events_api", { type: "event_callback", event: {} }], ["brand_new", {}], ["interactive", { type: "shortcut" }],
                                   ["interactive", {}]])
      inTime(await both.slack.sockets.deliver(type, payload));
  });

  test("nothing was broken, nothing reconnected", () => {
    assertNothingBroken(both.slack);
    assert.equal(both.slack.sockets.connections.length, 2);
  });
});

describe("connections", { concurrency: 4 }, () => {
  test("a refresh of every connection, again and again, under clicks: none lost, open before close", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    const { sockets } = both.slack;
    const wanted = 12;
    let count = 0;
    const refreshing = (async () => {
      for (let round = 0; count < wanted; round++) {
        const reason = ["warning", "refresh_requested"][round % 2];
        const [old] = sockets.live.filter((c) => !c.toldToGo);
        const had = sockets.connections.length;
        old.disconnect(reason, { closeAfter: 600 });
        await both.slack.until(() => sockets.connections.slice(had).some((c) => c.helloAt), { what: "the replacement" });
        const fresh = sockets.connections.at(-1);
        t.diagnostic(`${reason}: replaced after ${(fresh.helloAt - old.toldToGo.at).toFixed(1)} ms`);
        await sleep(200);
      }
    })();
    while (count < wanted) {
      const message = await asked(both, count + 1);
      inTime(await both.click(message, oswaldo, "approve"));
      count += 1;
      await updated(both, message, /\*Approved\* by Oswaldo/);
    }
    await refreshing;
    await both.slack.until(() => sockets.live.length === 2);
    assert.equal((await both.countersign.approvals({ state: "approved" })).length, count);
    assert.ok(sockets.connections.length > 4, `${sockets.connections.length} connections`);
    assertNothingBroken(both.slack);
  });

  test("a connection that ends without a word is replaced at once", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    for (let i = 0; i < 3; i++) {
      const [lost] = both.slack.sockets.live;
      const had = both.slack.sockets.connections.length;
      lost.end();
      await both.slack.until(() => both.slack.sockets.connections.slice(had).some((c) => c.helloAt), { what: "the replacement" });
      const ms = both.slack.sockets.connections.at(-1).helloAt - lost.closedAt;
      t.diagnostic(`replaced after ${ms.toFixed(1)} ms`);
      assert.ok(ms < 2000, `${ms} ms`);
    }
    inTime(await both.click(await asked(both), oswaldo, "approve"));
    assertNothingBroken(both.slack);
  });

  test("half-open connections are noticed and replaced within 15 s, clicks go on by the other", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    const { sockets } = both.slack;
    const [frozen, other] = sockets.live;
    frozen.freeze();
    inTime(await both.click(await asked(both, 1), oswaldo, "approve"));
    const replaced = async (old, had) => {
      await both.slack.until(() => sockets.connections.slice(had).some((c) => c.helloAt), { within: 15_000, what: "the replacement" });
      const ms = sockets.connections.at(-1).helloAt - old.frozenAt;
      t.diagnostic(`half open, replaced after ${(ms / 1000).toFixed(2)} s`);
      assert.ok(ms < 15_000);
    };
    await replaced(frozen, 2);
    inTime(await both.click(await asked(both, 2), oswaldo, "approve"));
    other.freeze();
    await replaced(other, 3);
    inTime(await both.click(await asked(both, 3), oswaldo, "approve"));
    frozen.end();
    other.end();
    assertNothingBroken(both.slack);
  });

  test("SIGKILL and SIGTERM: back on both connections, what was asked can be answered", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    const { sockets } = both.slack;
    for (const [i, signal] of ["SIGKILL", "SIGTERM"].entries()) {
      const message = await asked(both, i + 1);
      const had = sockets.connections.length;
      const ended = await both.countersign.restart(signal);
      if (signal === "SIGTERM") assert.deepEqual(ended, { code: 0, signal: null });
      await both.slack.until(() => sockets.connections.slice(had).filter((c) => c.helloAt).length === 2, { what: "two connections" });
      await both.slack.until(() => sockets.live.length === 2);
      inTime(await both.click(message, oswaldo, "approve"));
      await updated(both, message, /\*Approved\* by Oswaldo/);
    }
    const closed = sockets.connections.filter((c) => c.closeCode === 1000).length;
    assert.equal(closed, 2, "SIGTERM says goodbye on both");
    assertNothingBroken(both.slack);
  });

  test("a click when no connection is there is shown as failed, and works when made again", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    const message = await asked(both);
    await both.countersign.end("SIGKILL");
    await both.slack.until(() => both.slack.sockets.live.length === 0);
    assert.deepEqual(await both.click(message, oswaldo, "approve"), { undelivered: true });
    await both.countersign.restart();
    await both.slack.until(() => both.slack.sockets.live.length === 2);
    inTime(await both.click(message, oswaldo, "approve"));
    await updated(both, message, /\*Approved\* by Oswaldo/);
  });

  test("switched off, and a refused token: readyz says why, slowly tried again, nothing lost", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    both.slack.sockets.disable();
    const { reasons } = await both.countersign.until(async () => {
      const body = await readyz(both);
      return body.status === "degraded" && body;
    });
    assert.deepEqual(reasons.filter((reason) => reason.includes("link_disabled")).length, 1, reasons.join("|"));
    const had = both.slack.sockets.connections.length;
    await asked(both);
    await sleep(3000);  // that something does not happen can only be waited for
    assert.equal(both.slack.sockets.connections.length, had, "no hasty retry");

    both.slack.refuseAppToken("invalid_auth");
    await both.countersign.restart();
    const refused = await both.countersign.until(async () => {
      const body = await readyz(both);
      return body.reasons.some((reason) => reason.includes("invalid_auth")) && body;
    });
    assert.ok(refused.reasons.every((reason) => !reason.includes("xapp-fake")), refused.reasons.join("|"));
    assert.equal((await both.countersign.approvals({ state: "pending" })).length, 1);
    assert.equal(both.slack.calls.filter((c) => c.error === "invalid_auth").length, 2, "once a connection");
  });

  test("too many connections: it backs off", async (t) => {
    const both = await start();
    t.after(() => both.stop());
    const [one] = both.slack.sockets.live;
    one.disconnect("too_many_websockets", { closeAfter: 100 });
    await both.slack.until(() => one.closedAt);
    await sleep(3000);
    assert.equal(both.slack.sockets.connections.length, 2, "no hasty retry");
    inTime(await both.click(await asked(both), oswaldo, "approve"));
    assertNothingBroken(both.slack);
  });

  test("nobody else's certificate: no token is sent, and readyz says so", async (t) => {
    const other = await makeCertificate();
    t.after(() => other.remove());
    const both = await startBoth({ slack: { tls: certificate.tls }, config: { slack: { ca_file: other.caFile, app_token_env: "COUNTERSIGN_TEST_APP_TOKEN" } } });
    t.after(() => both.stop());
    const { reasons } = await both.countersign.until(async () => {
      const body = await readyz(both);
      return body.reasons.some((reason) => reason.includes("Socket Mode")) && body;
    }, { within: 25_000, what: "the reason" });
    assert.match(reasons.join("|"), /certificate is refused/);
    assert.equal(both.slack.calls.length, 0);
  });
});
