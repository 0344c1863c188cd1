// The main job through Slack, with the real program: a line comes in by Papertrail's webhook, its person is asked in
// Slack, a click decides, silence is escalated. Slack's side is the fake that Slack's own clients hold to account.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Receiver } from "../fakes/pagers/receiver.mjs";
import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, alice, assertNothingBroken, messagesOf, oswaldo, securityChannel, securityMember, startBoth,
         stranger, wordsOf } from "./lib/slack.mjs";

const login = (line = {}, event = {}) => papertrailEvent({ message: acceptedLine(line), ...event });

async function post(both, ...events) {
  const { status, body } = await both.countersign.papertrail(events);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** The one approval there is, once `condition` holds of it. */
async function approval(both, condition = () => true) {
  return both.countersign.until(async () => {
    const all = await both.countersign.approvals();
    return all.length === 1 && condition(all[0]) ? all[0] : undefined;
  }, { what: "the approval" });
}

describe("asked, answered", () => {
  let both;
  before(async () => (both = await startBoth()));
  after(() => both.stop());
  const newest = async (id, count) => (await messagesOf(both.slack, id, count)).at(-1);
  const listed = async (state) => (await both.countersign.approvals()).filter((a) => a.state === state);

  test("the owner approves: one message, updated in place", async () => {
    assert.deepEqual(await post(both, login({ port: 50001 })), { received: 1, events: 1, duplicates: 0, quarantined: 0, ignored: 0 });
    const asked = await newest(oswaldo, 1);
    assert.deepEqual(actionsOf(asked), ["approve", "deny", "wrong_person", "approve_for"]);
    const words = wordsOf(asked);
    for (const word of ["Was this you?", "`oswaldo`", "`bastion`", "`203.0.113.7` port 50001", "publickey", "SHA256:abcdEFGH", "<!date^"])
      assert.ok(words.includes(word), `${word} in ${words}`);
    assert.ok(asked.text.includes("Was this you?"), asked.text);
    assert.equal(asked.metadata.event_type, "countersign_notification");

    const answer = await both.click(asked, oswaldo, "approve");
    assert.equal(answer.status, 200);
    assert.equal(answer.body, "");
    await both.slack.until(() => actionsOf(asked).length === 0, { what: "the edit" });
    assert.match(wordsOf(asked), /\*Approved\* by Oswaldo, <!date\^\d+\^/);
    assert.equal(both.slack.messages(oswaldo).length, 1);
    assert.equal(both.slack.messages(securityChannel).length, 0);
    const [decided] = await listed("approved");
    assert.equal(decided.decisions[0].by, "Oswaldo");
    assert.equal(decided.decisions[0].via, "slack");
    assert.equal(decided.notifications[0].state, "sent");
    assertNothingBroken(both.slack);
  });

  test("the owner denies: an alarm in the channel", async () => {
    await post(both, login({ port: 50002 }));
    const asked = await newest(oswaldo, 2);
    await both.click(asked, oswaldo, "deny");
    await both.slack.until(() => actionsOf(asked).length === 0);
    const alarm = await newest(securityChannel, 1);
    assert.deepEqual(actionsOf(alarm), []);
    assert.match(wordsOf(alarm), /Alarm: this login was denied[\s\S]*\*Denied\* by Oswaldo/);
    assert.equal((await listed("denied")).length, 1);
    assertNothingBroken(both.slack);
  });

  test("wrong person: the channel decides, the one who passed it on no more", async () => {
    await post(both, login({ port: 50003 }));
    const asked = await newest(oswaldo, 3);
    await both.click(asked, oswaldo, "wrong_person");
    const rerouted = await newest(securityChannel, 2);
    assert.deepEqual(actionsOf(rerouted), ["approve", "deny", "take"]);
    assert.match(wordsOf(rerouted), /Oswaldo says/);
    await both.slack.until(() => actionsOf(asked).length === 0);
    const [pending] = await listed("pending");
    assert.equal(pending.person, null);
    assert.equal(pending.addressed_to, "security_channel");
    assert.equal(pending.decisions[0].decision, "wrong_person");

    const whispers = both.slack.world.ephemerals.length;
    await both.click(rerouted, oswaldo, "approve");
    await both.slack.until(() => both.slack.world.ephemerals.length === whispers + 1);
    assert.equal(both.slack.world.ephemerals.at(-1).user, oswaldo);
    assert.equal((await listed("pending")).length, 1);

    await both.click(rerouted, securityMember, "approve");
    await both.slack.until(() => actionsOf(rerouted).length === 0);
    await both.slack.until(() => /\*Approved\* by/.test(wordsOf(asked)), { what: "the owner's message told" });
    assert.equal((await listed("pending")).length, 0);
    assertNothingBroken(both.slack);
  });

  test("an unknown user and a deviating service account go to the channel at once, with the reason", async () => {
    const had = both.slack.messages(securityChannel).length;
    await post(both, login({ user: "mallory", port: 50004 }));
    const unknown = await newest(securityChannel, had + 1);
    assert.match(wordsOf(unknown), /`mallory`[\s\S]*Why: /);
    assert.deepEqual(actionsOf(unknown), ["approve", "deny", "take"]);
    await both.click(unknown, securityMember, "approve");
    await both.slack.until(() => actionsOf(unknown).length === 0);
    assertNothingBroken(both.slack);
  });
});

test("service accounts: conforming asks nobody, deviating goes to the channel with the reason", async (t) => {
  const both = await startBoth({ config: { service_account: [
    { unix_user: "deploy", purpose: "deployments", owner: "Alice", networks: ["10.0.0.0/8"] }, { unix_user: "backup", purpose: "backups" }] } });
  t.after(() => both.stop());
  await post(both, login({ user: "deploy", address: "10.1.2.3", port: 1 }));
  await post(both, login({ user: "deploy", address: "203.0.113.9", port: 2 }));
  const [deviating] = await messagesOf(both.slack, securityChannel, 1);
  assert.match(wordsOf(deviating), /`deploy`[\s\S]*Why: .*203\.0\.113\.9, outside its networks/);
  await post(both, login({ user: "backup", address: "10.1.2.3", port: 3 }));
  const [, backup] = await messagesOf(both.slack, securityChannel, 2);
  assert.match(wordsOf(backup), /`backup`[\s\S]*Why: /);
  const states = (await both.countersign.approvals()).map((a) => `${a.events[0]["source.ip"]} ${a.state}`).sort();
  assert.deepEqual(states, ["10.1.2.3 expected", "10.1.2.3 pending", "203.0.113.9 pending"]);
  assertNothingBroken(both.slack);
});

describe("clicks that change nothing", () => {
  let both;
  let asked;
  before(async () => {
    both = await startBoth();
    await post(both, login());
    [asked] = await messagesOf(both.slack, oswaldo, 1);
  });
  after(() => both.stop());

  const url = () => `${both.countersign.url}/slack/interactivity`;
  const unchanged = async () => {
    const one = await approval(both);
    assert.equal(one.state, "pending");
    assert.deepEqual(one.decisions, []);
    assert.equal(asked.revisions.length, 1);
  };
  const whispered = async (user, words) => {
    const heard = await both.slack.until(() => both.slack.world.ephemerals.find((e) => !e.seen && e.user === user), { what: `a word to ${user}` });
    heard.seen = true;
    assert.match(heard.text, words);
  };

  test("forged, altered, old and early requests: 401", async () => {
    const now = Math.floor(Date.now() / 1000);
    const forgeries = {
      "another secret": { secret: "not-the-secret" },
      "no signature": { signed: "" },
      "signature of nothing": { signed: `v0=${"0".repeat(64)}` },
      "six minutes old": { timestamp: now - 360 },
      "six minutes early": { timestamp: now + 360 },
      "no timestamp": { timestamp: "" },
    };
    for (const [what, forge] of Object.entries(forgeries))
      assert.equal((await both.click(asked, oswaldo, "approve", { forge })).status, 401, what);
    const taken = await both.click(asked, stranger, "approve");
    await whispered(stranger, /^Only /);
    const { signature, deliver } = await import("../fakes/slack/clicks.mjs");
    const altered = taken.form.replaceAll(stranger, oswaldo);
    assert.notEqual(altered, taken.form);
    const signed = signature(both.slack.signingSecret, String(taken.timestamp), taken.form);
    assert.equal((await deliver(url(), { body: altered, timestamp: taken.timestamp, signed, secret: "" })).status, 401, "altered body");
    await unchanged();
  });

  test("requests that are no click: 400, 405, 413, ssl_check", async () => {
    const { deliver } = await import("../fakes/slack/clicks.mjs");
    const secret = both.slack.signingSecret;
    const status = async (more) => (await deliver(url(), { secret, body: "", ...more })).status;
    assert.equal(await status({ body: "a=b" }), 400, "no payload");
    assert.equal(await status({ body: "payload=%7B%7D&payload=%7B%7D" }), 400, "two payloads");
    assert.equal(await status({ body: "payload=nonsense" }), 400, "no JSON");
    assert.equal(await status({ body: `payload=${"[".repeat(200_000)}` }), 400, "deep JSON");
    assert.equal(await status({ method: "GET" }), 405, "GET");
    assert.equal(await status({ method: "PUT", body: "payload=x" }), 405, "PUT");
    assert.equal(await status({ body: `payload=${"x".repeat(1024 * 1024)}` }), 413, "more than 1 MiB");
    assert.equal(await status({ body: "ssl_check=1&token=x", signed: "" }), 200, "ssl_check");
    await unchanged();
  });

  test("a stranger, and a person it was not addressed to: 200 and an ephemeral message", async () => {
    assert.equal((await both.click(asked, stranger, "approve")).status, 200);
    await whispered(stranger, /^Only /);
    assert.equal((await both.click(asked, alice, "deny")).status, 200);
    await whispered(alice, /^Only Oswaldo and the security team/);
    await unchanged();
  });

  test("a value we never gave out, an action we don't know", async () => {
    const forge = { payload: (payload) => (payload.actions[0].value = "guessed") };
    assert.equal((await both.click(asked, oswaldo, "approve", { forge })).status, 200);
    await whispered(oswaldo, /not known/);
    assert.equal((await both.click(asked, oswaldo, "approve", { forge: { payload: (p) => (p.actions[0].action_id = "promote") } })).status, 200);
    await unchanged();
  });

  test("a response_url elsewhere is never called: the word goes by chat.postEphemeral", async () => {
    const calls = both.slack.calls.length;
    const payload = (p) => {
      p.response_url = "https://hooks.slack.com.example.invalid/x";
      p.actions[0].value = "guessed";
    };
    await both.click(asked, oswaldo, "approve", { forge: { payload } });
    await whispered(oswaldo, /not known/);
    assert.deepEqual(both.slack.calls.slice(calls).map((c) => c.method), ["chat.postEphemeral"]);
    await unchanged();
  });

  test("the first click decides; a second, and the same again, are told so", async () => {
    const first = await both.click(asked, oswaldo, "approve");
    assert.equal(first.status, 200);
    await both.slack.until(() => actionsOf(asked).length === 0);
    const decided = await approval(both, (one) => one.state === "approved");
    const again = { revision: 0 };
    for (const [user, action] of [[oswaldo, "deny"], [securityMember, "deny"], [oswaldo, "wrong_person"]]) {
      assert.equal((await both.click(asked, user, action, again)).status, 200);
      await whispered(user, /^Approved by Oswaldo at .* already\.$/);
    }
    const { deliver, signature } = await import("../fakes/slack/clicks.mjs");
    const replayed = await deliver(url(), { body: first.form, timestamp: first.timestamp, secret: both.slack.signingSecret,
      signed: signature(both.slack.signingSecret, String(first.timestamp), first.form) });
    assert.equal(replayed.status, 200);
    await whispered(oswaldo, /already/);
    assert.equal((await both.click(asked, stranger, "deny", again)).status, 200);
    await whispered(stranger, /^Only /);
    assert.deepEqual(await approval(both), decided);
    assert.equal(asked.revisions.length, 2);
    assertNothingBroken(both.slack);
  });
});

test("a burst joins the first message in place and is decided whole", async (t) => {
  const both = await startBoth({ config: { notify: { group_window: "60s" } } });
  t.after(() => both.stop());
  await post(both, login({ port: 1 }));
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  await post(both, login({ port: 2 }), login({ port: 3 }, { host: "web1" }));
  await both.slack.until(() => /3 SSH logins/.test(wordsOf(asked)), { what: "the burst in the message" });
  const words = wordsOf(asked);
  for (const word of ["Were these you?", "port 1", "port 2", "port 3", "`web1`"]) assert.ok(words.includes(word), `${word} in ${words}`);
  // Each edit comes a second or more after the last.
  const times = asked.revisions.map((revision) => revision.at);
  for (let i = 1; i < times.length; i++) assert.ok(times[i] - times[i - 1] >= 900, `edits ${times[i] - times[i - 1]} ms apart`);
  await both.click(asked, oswaldo, "approve");
  await both.slack.until(() => actionsOf(asked).length === 0);
  const decided = await approval(both, (one) => one.state === "approved");
  assert.equal(decided.events.length, 3);
  await post(both, login({ port: 4 }));
  await messagesOf(both.slack, oswaldo, 2);
  assertNothingBroken(both.slack);
});

test("a click decides exactly the events its revision showed", async (t) => {
  const both = await startBoth({ config: { notify: { group_window: "60s" } } });
  t.after(() => both.stop());
  await post(both, login({ port: 1 }));
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  await post(both, login({ port: 2 }));
  await both.slack.until(() => asked.revisions.length === 2);
  await both.click(asked, oswaldo, "approve", { revision: 0 });
  const half = await approval(both, (one) => one.decisions.length === 1);
  assert.equal(half.state, "pending");
  assert.deepEqual(half.events.map((e) => [e["source.port"], e["approval.state"]]).sort(), [[1, "approved"], [2, "pending"]]);
  await both.slack.until(() => /port 1 \*Approved\*/.test(wordsOf(asked)), { what: "the half-decided message" });
  await both.click(asked, oswaldo, "approve");
  await approval(both, (one) => one.state === "approved");
  await both.slack.until(() => actionsOf(asked).length === 0);
  assertNothingBroken(both.slack);
});

test("silence is escalated, and again, on time, once each, across SIGTERM and SIGKILL, until somebody decides", async (t) => {
  const every = 1500;  // ms; slower than a channel may be spoken to, or its pace would move beats
  const both = await startBoth({ config: { notify: { escalate_after: `${every}ms`, repeat_every: `${every}ms` } } });
  t.after(() => both.stop());
  await post(both, login());
  const channel = () => both.slack.messages(securityChannel);
  const spoken = (count) => both.slack.until(() => channel().length >= count, { what: `${count} messages in the channel` });
  await messagesOf(both.slack, oswaldo, 1);
  await spoken(3);
  assert.match(wordsOf(channel()[0]), /No answer yet[\s\S]*Oswaldo was asked/);
  assert.match(wordsOf(channel()[1]), /Still no answer/);
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    const ended = await both.countersign.restart(signal);
    if (signal === "SIGTERM") assert.deepEqual(ended, { code: 0, signal: null });
    await spoken(channel().length + 2);
  }
  const { created_at } = await approval(both);
  const born = Date.parse(created_at);
  // Each beat of the grid speaks at most once, and none before its time; those missed while nobody ran are one. A slow
  // machine may send one late, beside the next: so the k-th is only never before beat k, and none is there twice.
  const beats = channel().map((m) => Math.floor((Number(m.ts) * 1000 - born) / every));
  assert.ok(beats.every((beat, k) => beat >= k + 1), `beats ${beats}`);
  assert.equal(new Set(channel().map((m) => m.metadata.event_payload.notification)).size, beats.length, "none twice");
  assert.equal(channel().filter((m) => /No answer yet/.test(wordsOf(m))).length, 1);
  const owner = [...(await messagesOf(both.slack, oswaldo, 1))];

  await both.click(channel()[0], securityMember, "approve");
  const count = channel().length;
  await both.slack.until(() => [...channel(), ...owner].every((m) => actionsOf(m).length === 0 && /\*Approved\*/.test(wordsOf(m))),
                         { what: "every message updated", within: 20_000 });
  await sleep(2 * every);  // that something does not happen can only be waited for
  assert.ok(channel().length <= count + 1, "a repeat under way may still come, no other");
  assertNothingBroken(both.slack);
});

describe("Slack in trouble", { concurrency: 3 }, () => {
  const settled = (both) => approval(both, (one) => one.notifications.every((n) => n.state === "sent"));
  const faults = {
    "429 with Retry-After": { answer: { kind: "status", status: 429, headers: { "retry-after": "1" } } },
    "500": { answer: { kind: "status", status: 500 } },
    reset: { answer: { kind: "reset" } },
    truncated: { answer: { kind: "truncate" } },
    "stored, answer lost": { acts: true, answer: { kind: "reset" } },
    "stored, then 500": { acts: true, answer: { kind: "status", status: 500 } },
    fatal_error: { acts: true, answer: { kind: "status", status: 200, body: { ok: false, error: "fatal_error" } } },
  };
  for (const [what, fault] of Object.entries(faults))
    test(`${what}: delivered, and not twice`, async (t) => {
      const both = await startBoth();
      t.after(() => both.stop());
      both.slack.fault({ method: "chat.postMessage", ...fault });
      await post(both, login());
      await settled(both);
      const [asked] = await messagesOf(both.slack, oswaldo, 1);
      await both.click(asked, oswaldo, "approve");
      await both.slack.until(() => actionsOf(asked).length === 0);
      assertNothingBroken(both.slack);
    });

  test("stored, answer lost, decided before the next attempt: what stands is edited, its buttons gone", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    both.slack.fault({ method: "chat.postMessage", acts: true, answer: { kind: "reset" } });
    await post(both, login());
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    const { id } = await approval(both);
    const body = { decision: "approve" };
    assert.equal((await both.countersign.api(`/api/v1/approvals/${id}/decision`, { role: "security", body })).status, 200);
    await both.slack.until(() => actionsOf(asked).length === 0, { what: "the edit" });
    const [, receipt] = await messagesOf(both.slack, oswaldo, 2);
    assert.deepEqual(actionsOf(receipt), ["not_me"]);
    await settled(both);
    assertNothingBroken(both.slack);
  });

  test("killed after Slack had the message and before that was written down: still one message", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    both.slack.fault({ method: "chat.postMessage", acts: true, answer: { kind: "hang" } });
    await post(both, login());
    await messagesOf(both.slack, oswaldo, 1);
    await both.countersign.restart("SIGKILL");
    await settled(both);
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    await both.click(asked, oswaldo, "approve");
    await both.slack.until(() => actionsOf(asked).length === 0);
    assertNothingBroken(both.slack);
  });

  test("a refused token: readyz says why, nothing is lost, and the pager is told", async (t) => {
    process.env.COUNTERSIGN_TEST_HOOK = "hook";
    const receiver = await Receiver.start({ secret: "hook" });
    const both = await startBoth({ config: { notify: { page_after_outage: "1s" }, pager: [{ kind: "webhook", url: receiver.url, secret_env: "COUNTERSIGN_TEST_HOOK" }] } });
    t.after(async () => {
      await both.stop();
      await receiver.stop();
    });
    both.slack.refuseToken("token_revoked");
    await post(both, login());
    const { body } = await both.countersign.until(async () => {
      const reply = await both.countersign.api("/readyz", { role: null });
      return reply.body.status === "degraded" && reply;
    });
    assert.ok(body.reasons.some((reason) => reason.includes("token_revoked")), JSON.stringify(body));
    await both.countersign.until(() => receiver.pages.some((page) => page.kind === "outage" && JSON.stringify(page).includes("token_revoked")),
                                 { what: "the pager told why" });
    assert.equal((await approval(both)).state, "pending");
    assert.equal(both.slack.messages(oswaldo).length, 0);
  });

  test("a refused token, and scopes that are missing, are known from the start", async (t) => {
    const scopes = ["chat:write", "im:write", "im:history", "channels:history", "groups:history", "users:read.email", "commands"];
    const both = await startBoth({ slack: { scopes } });
    t.after(() => both.stop());
    const reason = (pattern) => both.countersign.until(async () =>
      (await both.countersign.api("/readyz", { role: null })).body.reasons.some((one) => pattern.test(one)), { what: String(pattern) });
    await reason(/lacks the scopes users:read: add them and install it again/);
    both.slack.refuseToken("account_inactive");
    await both.countersign.restart();
    await reason(/account_inactive: the app's bot user is deactivated/);
    assert.equal(both.slack.messages(oswaldo).length, 0);
  });

  test("a person Slack can't reach: the channel, with the reason", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    both.slack.world.users.get(oswaldo).deleted = true;
    await post(both, login());
    const [told] = await messagesOf(both.slack, securityChannel, 1);
    assert.match(wordsOf(told), /Oswaldo could not be asked: their Slack account U0OSWALDO is deactivated/);
    assert.deepEqual(actionsOf(told), ["approve", "deny", "take"]);
    await both.click(told, securityMember, "deny");
    await both.slack.until(() => actionsOf(told).length === 0);
  });
});

test("hostile names reach Slack as text", async (t) => {
  const both = await startBoth();
  t.after(() => both.stop());
  await post(both, login({ user: "<!channel>" }, { host: "<@U1>`*x*" }));
  const [told] = await messagesOf(both.slack, securityChannel, 1);
  const said = wordsOf(told) + told.text;
  assert.ok(!/<(?!!date\^)/.test(said), said);
  assert.ok(said.includes("&lt;!channel&gt;"), said);
  assertNothingBroken(both.slack);
});
