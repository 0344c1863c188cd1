// Runs alone.
// SIGKILL at random moments under load: what was acknowledged is there once, what is owed is sent, timers keep their
// grid. CRASH_ROUNDS (25) kills; CRASH_SEED repeats the draws, though not the scheduler's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { FakeSlack } from "../fakes/slack/slack.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";
import { lookInto, whyNoSqlite } from "./lib/sqlite.mjs";

const rounds = Number(process.env.CRASH_ROUNDS ?? 25);
const seed = Number(process.env.CRASH_SEED ?? 20261120);
const channel = "C0SECURITY";
const posters = 4;
const escalateAfter = 2000, repeatEvery = 4000;  // ms
// So many that none is spoken to faster than Slack lets: receipts and alarms share no message.
const people = Array.from({ length: 30 }, (_, i) => ({ name: `Person ${i}`, slack_user: `U0P${i}`, unix_users: [`p${i}`] }));
const users = [...people.map(({ unix_users: [user] }) => user), "deploy", "mallory"];  // and a service account, and nobody known
const words = { approve: 1, deny: 2 };  // approval.state

const missing = await whyNoSqlite();
if (missing && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${missing}`);
if (missing) console.log(`SKIPPED: ${missing}`);

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
function draws(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pick = (draw, list) => list[Math.floor(draw() * list.length)];
const buttons = (message) => (message.blocks ?? []).some((block) => block.elements?.some((e) => e.action_id === "approve"));
const notificationOf = (message) => message.metadata?.event_payload?.notification;
/** An id as the outside has it (thirteen digits of Crockford's base32) in the store's decimal. */
const rowId = (id) => [...id].reduce((sum, digit) => sum * 32n + BigInt("0123456789abcdefghjkmnpqrstvwxyz".indexOf(digit)), 0n).toString();

/** What the world outside did, and what it was told in answer. */
class Load {
  constructor(countersign, slack) {
    Object.assign(this, { countersign, slack, running: true, logins: 0, redeliveries: 0, lost: 0 });
    this.acknowledged = [];  // events of batches that got their 2xx
    this.decided = [];       // {id, decision}: the API said 200
    this.clicked = [];       // notification ids of messages whose click was answered 200
  }

  #batch(draw) {
    const logins = Array.from({ length: 1 + Math.floor(draw() * 4) }, () => {
      const number = this.logins++;
      const port = 1024 + (number % 60_000);
      const user = pick(draw, users);
      const event = papertrailEvent({ id: 1_000_000 + number, message: acceptedLine({ user, port, address: `203.0.113.${1 + Math.floor(number / 60_000)}` }) });
      return { ...event, login: { user, port } };
    });
    return [...logins, papertrailEvent({ message: "Server listening on 0.0.0.0 port 22." })];
  }

  /** Posts batches; one without its 2xx is delivered again until it has it, as providers do. */
  async post(draw) {
    while (this.running) {
      const batch = this.#batch(draw);
      for (;;) {
        const reply = await this.countersign.papertrail(batch).catch(() => null);
        if (reply?.status === 200) {
          const { received, events, duplicates, quarantined, ignored } = reply.body;
          assert.equal(received, batch.length);
          assert.deepEqual({ sum: events + duplicates, quarantined, ignored }, { sum: batch.length - 1, quarantined: 0, ignored: 1 });
          break;
        }
        assert.ok(!reply || reply.status === 503, `answered ${reply?.status}`);
        this.lost += 1;
        await sleep(20);
      }
      this.acknowledged.push(...batch.filter((event) => event.login));
      if (draw() < 0.1 && (await this.countersign.papertrail(batch).catch(() => null))) this.redeliveries += 1;
      await sleep(draw() * 300);
    }
  }

  async decide(draw) {
    while (this.running) {
      await sleep(20 + draw() * 60);
      const { body } = await this.countersign.api("/api/v1/approvals?state=pending&limit=50").catch(() => ({}));
      if (!body?.approvals?.length) continue;
      const { id } = pick(draw, body.approvals);
      const decision = draw() < 0.95 ? "approve" : "deny";
      const reply = await this.countersign.api(`/api/v1/approvals/${id}/decision`, { role: "security", body: { decision } }).catch(() => null);
      if (reply?.status === 200) this.decided.push({ id, decision });
    }
  }

  async click(draw) {
    while (this.running) {
      await sleep(20 + draw() * 60);
      const user = draw() < 0.3 ? "U0GUARD" : pick(draw, people).slack_user;
      const message = pick(draw, this.slack.messages(user === "U0GUARD" ? channel : user).filter(buttons));
      if (!message) continue;
      const action_id = draw() < 0.95 ? "approve" : "deny";
      const url = `${this.countersign.url}/slack/interactivity`;
      const answer = await this.slack.click({ url, user, channel: message.channel, ts: message.ts, action_id }).catch(() => null);
      if (answer?.status === 200) this.clicked.push(notificationOf(message));
    }
  }
}

/** Ends a server that has only begun to start: recovery itself must survive it. */
async function killStarting(countersign, after) {
  const child = spawn(countersign.binary, ["serve", "--config", countersign.configFile], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await sleep(after);
  child.kill("SIGKILL");
  await ended;
}

test(`${rounds} kills under load lose nothing and double nothing`, { skip: missing ? `SKIPPED: ${missing}` : false }, async (t) => {
  const draw = draws(seed);
  const slack = await FakeSlack.start({ perSecond: 0 });
  let countersign;
  t.after(async () => {
    await countersign?.stop();
    await slack.stop();
  });
  for (const id of [...people.map((one) => one.slack_user), "U0GUARD"]) slack.world.addUser({ id });
  slack.world.addChannel({ id: channel, members: ["U0GUARD"] });
  countersign = await Countersign.start({
    config: {
      slack: { api_url: slack.apiUrl, bot_token: slack.botToken, signing_secret: slack.signingSecret, security_channel: channel,
               security_team: ["U0GUARD"] },
      notify: { group_window: "0s", escalate_after: `${escalateAfter}ms`, repeat_every: `${repeatEvery}ms` },
      person: people,
      service_account: [{ unix_user: "deploy", purpose: "roll-outs", owner: "Person 0" }],
    },
  });
  const database = join(countersign.folder, "countersign.db");
  const load = new Load(countersign, slack);
  const work = Promise.all([...Array.from({ length: posters }, () => load.post(draws(draw() * 2 ** 32))),
                            load.decide(draws(draw() * 2 ** 32)), load.click(draws(draw() * 2 ** 32))]);
  const began = Date.now();
  for (let round = 0; round < rounds; ++round) {
    await Promise.race([sleep(20 + draw() * 600), work]);
    await countersign.end("SIGKILL");
    if (draw() < 0.2) await killStarting(countersign, draw() * 60);
    await countersign.restart();
  }
  load.running = false;
  await work;
  await countersign.end("SIGKILL");
  await restsWell(database);

  await countersign.restart();
  await sleep(escalateAfter + repeatEvery + 2000);  // time itself is under test: every pending one speaks by then
  await decideTheRest(countersign);
  await countersign.until(async () => /^countersign_notifications_owed 0$/m.test((await countersign.api("/metrics")).body),
                          { within: 60_000, what: "every owed notification sent" });
  assert.deepEqual(await countersign.end(), { code: 0, signal: null });
  const seconds = ((Date.now() - began) / 1000).toFixed(0);

  const store = await lookInto(database);
  t.after(store.remove);
  await intact(store);
  await acknowledgedOnce(store, load);
  await decisionsKept(store, load);
  await timersKeptTheGrid(store);
  const copies = await allSent(store, slack);
  assert.ok(copies.second <= rounds, `second copies: ${copies.second} of ${copies.all} in ${rounds} kills`);
  const broken = slack.violations.filter(({ rule }) => rule !== "ack");  // a killed server answers no click in time
  assert.deepEqual(broken, []);
  t.diagnostic(`seed ${seed}, ${seconds} s: ${load.acknowledged.length} logins acknowledged, ${load.lost} posts unanswered, ` +
               `${load.redeliveries} redelivered, ${load.decided.length} decided, ${load.clicked.length} clicked, ` +
               `${copies.all} messages, ${copies.second} of them second copies`);
});

async function intact(store) {
  assert.deepEqual(await store.rows("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  assert.deepEqual(await store.rows("PRAGMA foreign_key_check"), []);
}

/** As the last kill left it: each pending approval has its next timer, on the grid, and one page; a decided one has none. */
async function restsWell(database) {
  const store = await lookInto(database);
  await intact(store);
  const timers = await store.rows(`SELECT CAST(a.id AS TEXT) AS id, a.state, a.escalated, a.created_at, a.person, group_concat(t.kind) AS kinds,
      max(CASE WHEN t.kind < 2 THEN t.at END) AS next FROM approval a LEFT JOIN timer t ON t.approval = a.id GROUP BY a.id`);
  await store.remove();
  assert.ok(timers.some(({ state }) => state === 0), "some approvals still wait");
  for (const { id, state, escalated, created_at: created, person, kinds, next } of timers) {
    if (state !== 0) {
      assert.equal(kinds, null, `decided ${id} has timers`);
      continue;
    }
    const kind = escalated ? "1" : "0";
    assert.deepEqual(kinds?.split(",").sort(), [kind, "2"].sort(), `timers of ${id}`);
    const base = person === "" ? repeatEvery : escalateAfter;
    assert.equal(((next - created) / 1000 - base) % repeatEvery, 0, `the timer of ${id} is off its grid`);
  }
}

async function decideTheRest(countersign) {
  for (;;) {
    const { body } = await countersign.api("/api/v1/approvals?state=pending&limit=1000");
    if (body.approvals.length === 0) return;
    for (const { id } of body.approvals) {
      const { status } = await countersign.api(`/api/v1/approvals/${id}/decision`, { role: "security", body: { decision: "approve" } });
      assert.equal(status, 200);
    }
  }
}

async function acknowledgedOnce(store, load) {
  const byProvider = await store.rows("SELECT provider_id, count(*) AS n, count(DISTINCT event) AS events FROM sighting GROUP BY provider_id");
  const seen = new Map(byProvider.map((row) => [row.provider_id, row]));
  const byLogin = await store.rows("SELECT user, address, port, count(*) AS n FROM event GROUP BY user, address, port");
  const stored = new Map(byLogin.map((row) => [`${row.user} ${row.port}`, row.n]));
  for (const { id, login } of load.acknowledged) {
    assert.equal(seen.get(String(id))?.n, 1, `sightings of ${id}`);
    assert.equal(stored.get(`${login.user} ${login.port}`), 1, `events of ${login.user} port ${login.port}`);
  }
  assert.ok(byLogin.every(({ n }) => n === 1), "no login twice");
  assert.equal(byProvider.length, load.acknowledged.length, "nothing else came in");
  const [{ n: orphans }] = await store.rows("SELECT count(*) AS n FROM event WHERE approval IS NULL");
  assert.equal(orphans, 0, "each login has its approval");
}

async function decisionsKept(store, load) {
  const approvals = new Map((await store.rows("SELECT CAST(id AS TEXT) AS id, state FROM approval")).map(({ id, state }) => [id, state]));
  const settled = await store.rows("SELECT CAST(approval AS TEXT) AS approval, count(*) AS n FROM decision WHERE settles = 1 GROUP BY approval");
  assert.ok(settled.every(({ n }) => n === 1), "one decision an approval");
  for (const { id, decision } of load.decided) assert.equal(approvals.get(rowId(id)), words[decision], `approval ${id}: ${decision}`);
  const approvalOf = new Map((await store.rows("SELECT CAST(id AS TEXT) AS id, CAST(approval AS TEXT) AS approval FROM notification"))
    .map((row) => [row.id, row.approval]));
  for (const notification of load.clicked) {
    const state = approvals.get(approvalOf.get(rowId(notification)));
    assert.ok(state === 1 || state === 2, `click on ${notification}`);
  }
}

/** One escalation an approval that waited long enough, and at most one repeat a slot of the grid, none early. */
async function timersKeptTheGrid(store) {
  const rows = await store.rows(`SELECT CAST(a.id AS TEXT) AS id, a.created_at, a.person, (SELECT min(at) FROM decision d WHERE d.approval = a.id) AS decided,
      n.purpose, n.created_at AS spoke FROM approval a LEFT JOIN notification n
      ON n.approval = a.id AND n.purpose IN ('escalation', 'repeat') ORDER BY a.id, n.id`);
  for (const [id, spoken] of group(rows)) {
    const { created_at: created, decided, person } = spoken[0];
    const base = person === "" ? repeatEvery : escalateAfter;
    const slots = spoken.filter(({ purpose }) => purpose).map(({ spoke }) => ((spoke - created) / 1000 - base) / repeatEvery);
    assert.ok(slots.every((slot) => slot >= 0), `${id} spoke early: ${slots}`);
    assert.equal(new Set(slots.map(Math.floor)).size, slots.length, `${id} spoke twice in a slot: ${slots}`);
    const escalations = spoken.filter(({ purpose }) => purpose === "escalation").length;
    const waited = (decided - created) / 1000;
    if (person === "") assert.equal(escalations, 0, `${id} began at the channel`);
    else if (waited < escalateAfter) assert.equal(escalations, 0, `${id} was decided before`);
    else if (waited > escalateAfter + 2000) assert.equal(escalations, 1, `${id} waited ${waited} ms`);
    else assert.ok(escalations <= 1, `${id} escalated ${escalations} times`);
    if (waited > base + repeatEvery + 2000) assert.ok(slots.length >= 1, `${id} was silent for ${waited} ms`);
  }
}

function group(rows) {
  const groups = new Map();
  for (const row of rows) groups.set(row.id, [...(groups.get(row.id) ?? []), row]);
  return groups;
}

/** Every owed notification is sent and stands in Slack, decided messages bare of buttons. Answers how many stand twice. */
async function allSent(store, slack) {
  // Those that share a message bear the mark of the first of them.
  const owed = await store.rows("SELECT CAST(ifnull(bundle, id) AS TEXT) AS id, purpose, state, error FROM notification");
  const standing = new Map();
  for (const { messages } of slack.world.channels.values())
    for (const message of messages) {
      const id = rowId(notificationOf(message));
      standing.set(id, [...(standing.get(id) ?? []), message]);
    }
  let second = 0;
  for (const [id, sharing] of group(owed)) {
    const copies = standing.get(id) ?? [];
    const sent = sharing.filter(({ state }) => state !== 3);
    for (const { purpose, state, error } of sent) assert.equal(state, 1, `${purpose} ${id}: ${error}`);
    if (sent.length === 0) assert.equal(copies.length, 0, `cancelled ${id} was sent`);
    else assert.ok(copies.length >= 1, `${sent[0].purpose} ${id} is sent and not in Slack`);
    if (copies.length > 1) second += copies.length - 1;
    assert.ok(copies.length === 0 || !buttons(copies.at(-1)), `decided ${sharing[0].purpose} ${id} still has buttons`);
  }
  assert.ok([...standing.keys()].every((id) => owed.some((row) => row.id === id)), "nothing in Slack that the store doesn't know");
  return { all: owed.length, second };
}
