// Every way a call to Slack can go wrong, at every method the program calls: what is owed is delivered finally, at most
// one second copy for each lost answer, no rule of Slack's broken, and what stands beside it is not held up.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, messagesOf, oswaldo, securityChannel, securityMember, startBoth, wordsOf } from "./lib/slack.mjs";

const timeout = 1500;
const status = (code, more = {}) => ({ answer: { kind: "status", status: code, ...more } });
/** `lost`: the call was done and its answer lost, so that a second copy may come. */
const faults = {
  "429 with Retry-After": status(429, { headers: { "retry-after": "1" } }),
  "429 without Retry-After": status(429),
  500: status(500),
  503: status(503),
  redirect: status(302, { body: "<html>moved</html>", headers: { location: "https://elsewhere.invalid/" } }),
  reset: { answer: { kind: "reset" } },
  timeout: { answer: { kind: "hang" } },
  truncated: { answer: { kind: "truncate" } },
  malformed: { answer: { kind: "malformed" } },
  huge: { answer: { kind: "huge", bytes: 8 * 1024 * 1024 } },
  "slow drip": { answer: { kind: "drip", ms: 400 } },
  "stored, answer lost": { acts: true, lost: true, answer: { kind: "reset" } },
  "stored, no answer": { acts: true, lost: true, answer: { kind: "hang" } },
  "stored, then 500": { acts: true, lost: true, answer: { kind: "status", status: 500 } },
  "stored, truncated": { acts: true, lost: true, answer: { kind: "truncate" } },
};
// A redirect and an unnamed wait are waited out at length: a minute, ten seconds. The table checks that they wait, and
// how long such a one took is not waited for here.
const slow = new Set(["redirect", "429 without Retry-After"]);
const names = Object.keys(faults);
const person = (method, fault) => `U0${method.replace(/[^a-z]/gi, "").toUpperCase()}${names.indexOf(fault)}`;

describe("each fault at each method that delivers", () => {
  const methods = ["chat.postMessage", "chat.update", "conversations.open", "conversations.history"];
  const cells = methods.flatMap((method) => names.map((fault) => ({ method, fault, id: person(method, fault) })));
  let both;

  before(async () => {
    const people = cells.map(({ id }) => ({ name: id, slack_user: id, unix_users: [id.toLowerCase()] }));
    both = await startBoth({ slack: { perSecond: 1, burst: 5 }, config: { slack: { timeout: `${timeout}ms` }, person: people } });
    for (const { id } of cells) {
      both.slack.world.addUser({ id });
      both.slack.world.dmOf(id);
    }
  });
  after(() => both.stop());

  const dm = (id) => [...both.slack.world.channels.values()].find((channel) => channel.dm === id).id;
  const ask = (id, port = 1) =>
    both.countersign.papertrail([papertrailEvent({ message: acceptedLine({ user: id.toLowerCase(), port }) })]);
  const mine = (id) => both.slack.messages(id);

  const state = async (id) => (await both.countersign.api("/api/v1/approvals?limit=1000", { role: "viewer" }))
    .body.approvals.find((a) => a.person === id)?.notifications[0];

  /** What provokes the call, with the fault in its way. */
  async function provoke({ method, fault, id }) {
    const bad = { method, ...faults[fault] };
    if (method === "chat.postMessage") both.slack.fault({ ...bad, holds: `"${id}"` });
    if (method === "chat.update") {
      await ask(id);
      await both.countersign.until(async () => (await state(id))?.state === "sent", { what: `asked ${id}` });
      const [message] = mine(id);
      both.slack.fault({ ...bad, holds: `"${dm(id)}"` });
      await both.click(message, id, "approve");
      return;
    }
    // A copy is looked for only after an answer was lost.
    if (method === "conversations.open") {
      both.slack.fault({ method: "chat.postMessage", holds: `"${id}"`, acts: true, answer: { kind: "reset" } });
      both.slack.fault({ ...bad, holds: `"${id}"` });
    }
    if (method === "conversations.history") {
      both.slack.fault({ method: "chat.postMessage", holds: `"${id}"`, acts: true, answer: { kind: "reset" } });
      both.slack.fault({ ...bad, holds: `channel=${dm(id)}&` });
    }
    await ask(id);
  }

  test("all of them at once", async (t) => {
    await Promise.all(cells.map(provoke));
    for (const cell of cells) {
      const { method, fault, id } = cell;
      await t.test(`${method}: ${fault}`, async () => {
        const good = () => method === "chat.update"
          ? actionsOf(mine(id)[0]).length === 0 && /\*Approved\*/.test(wordsOf(mine(id)[0]))
          : mine(id).length > 0;
        if (slow.has(fault)) {
          const waiting = await both.countersign.until(async () => {
            const one = await state(id);
            return (one.error || good()) && one;
          }, { what: "the refusal noted" });
          assert.ok(!waiting.error || /slow down|redirect/.test(waiting.error), JSON.stringify(waiting));
        } else {
          await both.slack.until(good, { what: `${method}: ${fault}`, within: 20_000 });
          await both.countersign.until(async () => (await state(id)).state === "sent", { what: "sent", within: 20_000 });
        }
        const lost = method.startsWith("conversations.") || faults[fault].lost ? 1 : 0;
        assert.ok(mine(id).length <= 1 + lost, `${mine(id).length} messages, ${lost} lost answers`);
      });
    }
    assert.deepEqual(both.slack.violations, []);
  });
});

describe("each fault at the methods that only show something", () => {
  let both;
  let asked;
  before(async () => {
    both = await startBoth({ config: { slack: { timeout: "300ms" } } });
    await both.countersign.papertrail([papertrailEvent({ message: acceptedLine() })]);
    [asked] = await messagesOf(both.slack, oswaldo, 1);
  });
  after(() => both.stop());

  for (const [what, fault] of Object.entries(faults))
    test(`chat.postEphemeral, views.publish: ${what}`, async () => {
      const { slack, countersign } = both;
      const url = `${countersign.url}/slack/`;
      const seen = (method, since) => slack.until(() => slack.calls.slice(since).some((call) => call.method === method), { what: method });
      let since = slack.calls.length;
      const reader = `U0HOME${names.indexOf(what)}`;
      slack.world.addUser({ id: reader });
      // A click that changes nothing is acknowledged, whether or not its clicker can be told why.
      slack.fault({ method: "chat.postEphemeral", ...fault });
      const payload = (p) => {
        p.response_url = "https://hooks.slack.com.example.invalid/x";
        p.actions[0].value = "guessed";
      };
      assert.equal((await both.click(asked, oswaldo, "approve", { forge: { payload } })).status, 200);
      await seen("chat.postEphemeral", since);
      since = slack.calls.length;
      slack.fault({ method: "views.publish", ...fault });
      await slack.opened(`${url}events`, reader);
      await seen("views.publish", since);
      // Opened again it is shown, whatever the last answer was.
      since = slack.calls.length;
      slack.world.homes.delete(reader);
      await slack.opened(`${url}events`, reader);
      if (!slow.has(what) && !what.startsWith("429")) {
        await slack.until(() => slack.world.homes.has(reader), { what: "the page shown again" });
      }
      assert.deepEqual(slack.violations, []);
      assert.equal((await countersign.api("/readyz", { role: null })).status, 200);
    });
});

test("a dead channel holds up no other", async (t) => {
  const people = Array.from({ length: 30 }, (_, i) => ({ name: `P${i}`, slack_user: `U0P${i}`, unix_users: [`p${i}`] }));
  const both = await startBoth({ config: { person: people, slack: { timeout: "10s" } } });
  t.after(() => both.stop());
  for (const { slack_user: id } of people) both.slack.world.addUser({ id });
  for (let i = 0; i < 20; i++)
    both.slack.fault({ method: "chat.postMessage", holds: `"U0P${i}"`, times: 100, answer: { kind: "hang" } });
  const event = (i, port) => papertrailEvent({ message: acceptedLine({ user: `p${i}`, port }) });
  await both.countersign.papertrail(people.slice(0, 20).map((_, i) => event(i, 1)));
  await both.slack.until(() => both.slack.calls.filter((c) => c.fault === "hang").length === 20, { what: "twenty dead" });
  const began = performance.now();
  await both.countersign.papertrail(people.slice(20).map((_, i) => event(20 + i, 1)));
  await both.slack.until(() => people.slice(20).every((p) => both.slack.messages(p.slack_user).length === 1), { within: 3000, what: "the living served" });
  assert.ok(performance.now() - began < 2000);
});

test("a crowd that one bad message spoils goes out one by one, each with its buttons, and the log says so", async (t) => {
  const both = await startBoth();
  t.after(() => both.stop());
  both.slack.fault({ method: "chat.postMessage", holds: "wait: are these all right?", times: 1,
                     answer: { kind: "status", status: 200, body: { ok: false, error: "invalid_blocks" } } });
  const events = Array.from({ length: 6 }, (_, i) => papertrailEvent({ message: acceptedLine({ user: `mallory${i}`, port: i + 1 }) }));
  await both.countersign.papertrail(events);
  const messages = await both.slack.until(() => both.slack.messages(securityChannel).length === 6 && both.slack.messages(securityChannel),
                                          { what: "six messages", within: 20_000 });
  for (const message of messages) assert.deepEqual(actionsOf(message), ["approve", "deny", "take"]);
  assert.match(both.countersign.log, /invalid_blocks: \d+ notifications in one message refused/);
  await both.click(messages[3], securityMember, "approve");
  await both.slack.until(() => actionsOf(messages[3]).length === 0);
});
