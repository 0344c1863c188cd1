// Every way a call to Slack can go wrong, at every method the program calls, in one table: what is owed is delivered
// finally and once; what only shows something fails in words or is shown again; no
// rule of Slack's is broken, and nothing beside it is held up.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { acceptedLine, papertrailEvent, toml } from "./lib/countersign.mjs";
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
// A redirect and an unnamed wait are waited out at length: a minute, ten seconds. The table checks that they wait and
// say why; how long such a one took is not waited for here.
const slow = new Set(["redirect", "429 without Retry-After"]);
const names = Object.keys(faults);
const everyFault = (run) => names.map((what) => run(what, faults[what]));

/** method → where it is tested, below. The last test holds it to the program's own list. */
const table = {
  "chat.postMessage": "delivers", "chat.update": "delivers", "conversations.open": "delivers", "conversations.history": "delivers",
  "conversations.replies": "shows", "auth.test": "shows", "users.info": "shows", "views.open": "shows", "views.publish": "shows",
  "chat.postEphemeral": "shows", response_url: "shows", "users.lookupByEmail": "people sync", "apps.connections.open": "Socket Mode",
};

describe("each fault at each method", { concurrency: true }, () => {
  describe("delivers: what asks somebody arrives, whatever happened on the way", () => {
    const person = (method, fault) => `U0${method.replace(/[^a-z]/gi, "").toUpperCase()}${names.indexOf(fault)}`;
    const methods = Object.keys(table).filter((method) => table[method] === "delivers");
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
    const ask = (id) => both.countersign.papertrail([papertrailEvent({ message: acceptedLine({ user: id.toLowerCase(), port: 1 }) })]);
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
      if (method.startsWith("conversations.")) {
        both.slack.fault({ method: "chat.postMessage", holds: `"${id}"`, acts: true, answer: { kind: "reset" } });
        both.slack.fault({ ...bad, holds: method === "conversations.open" ? `"${id}"` : `channel=${dm(id)}&` });
      }
      await ask(id);
    }

    test("all of them at once", async (t) => {
      await Promise.all(cells.map(provoke));
      for (const { method, fault, id } of cells) {
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
          assert.ok(mine(id).length <= 1, `${mine(id).length} messages: the first copy was there to be found`);
        });
      }
      assert.deepEqual(both.slack.violations, []);
    });
  });

  describe("shows: fails in words, or is shown again", { concurrency: 3 }, () => {
    everyFault((what, fault) => test(what, async (t) => {
      const person = { name: "New", slack_user: "U0NEW", unix_users: ["new"] };
      const both = await startBoth({ slack: { faults: [{ method: "auth.test", ...fault }] }, config: { slack: { timeout: "1s" }, person: [
        { name: "Oswaldo", slack_user: oswaldo, unix_users: ["oswaldo"] }, person] } });
      const { slack, countersign } = both;
      const url = `${countersign.url}/slack/`;
      const called = (method, since) => slack.until(() => slack.calls.slice(since).some((call) => call.method === method), { what: method });
      slack.world.addUser({ id: "U0NEW" });
      try {
        await called("auth.test", 0);
        await countersign.papertrail([papertrailEvent({ message: acceptedLine() })]);
        const [asked] = await messagesOf(slack, oswaldo, 1);
        await t.test("auth.test: what it failed to say keeps nothing back", async () => {
          assert.equal((await countersign.api("/readyz", { role: null })).body.status, "ok");
        });
        await t.test("users.info: the message goes out all the same", async () => {
          slack.fault({ method: "users.info", holds: "U0NEW", ...fault });
          await countersign.papertrail([papertrailEvent({ message: acceptedLine({ user: "new", port: 2 }) })]);
          await messagesOf(slack, "U0NEW", 1);
        });
        await t.test("views.open: who asked for the form is told that it did not open, in time", async () => {
          slack.fault({ method: "views.open", ...fault });
          const { status: code, late, said } = await slack.command({ url: `${url}commands`, user: oswaldo, text: "expect" });
          assert.deepEqual([code, late], [200, false]);
          assert.match(said.text, /could not be opened|longer than it should/);
        });
        await t.test("response_url: who clicked in vain is told by another way, or twice", async () => {
          slack.fault({ method: "response_url", ...fault });
          const forge = { payload: (p) => (p.actions[0].value = "guessed") };
          assert.equal((await both.click(asked, oswaldo, "approve", { forge })).status, 200);
          const told = () => slack.world.ephemerals.filter((one) => one.user === oswaldo && /not known here/.test(one.text));
          await slack.until(() => told().length > 0, { what: "an explanation" });
          assert.ok(told().length <= 1 + (fault.lost ? 1 : 0));
        });
        await t.test("chat.postEphemeral: the click is acknowledged, whether or not its clicker can be told why", async () => {
          const since = slack.calls.length;
          slack.fault({ method: "chat.postEphemeral", ...fault });
          const payload = (p) => {
            p.response_url = "https://hooks.slack.com.example.invalid/x";
            p.actions[0].value = "guessed";
          };
          assert.equal((await both.click(asked, oswaldo, "approve", { forge: { payload } })).status, 200);
          await called("chat.postEphemeral", since);
        });
        await t.test("views.publish: opened again, the page is shown", async () => {
          const since = slack.calls.length;
          slack.fault({ method: "views.publish", ...fault });
          await slack.opened(`${url}events`, oswaldo);
          await called("views.publish", since);
          slack.world.homes.delete(oswaldo);
          await slack.opened(`${url}events`, oswaldo);
          if (!slow.has(what) && !what.startsWith("429")) await slack.until(() => slack.world.homes.has(oswaldo), { what: "the page" });
        });
        await t.test("conversations.replies: an answer lost in a thread is looked for there", async () => {
          await countersign.papertrail([papertrailEvent({ message: acceptedLine({ user: "nobody", port: 3 }) })]);
          const [unknown] = await messagesOf(slack, securityChannel, 1);
          slack.fault({ method: "chat.postMessage", acts: true, answer: { kind: "reset" } });
          slack.fault({ method: "conversations.replies", ...fault });
          const since = slack.calls.length;
          await both.click(unknown, securityMember, "deny");
          await called("conversations.replies", since);
          const alarms = () => slack.messages(securityChannel).filter((message) => message.thread_ts === unknown.ts);
          if (!slow.has(what)) {
            await countersign.until(async () => (await countersign.approvals()).flatMap((a) => a.notifications).every((n) => n.state === "sent"), { what: "the alarm told of" });
            assert.match(wordsOf(alarms()[0]), /Alarm: this login was denied/);
          }
          assert.equal(alarms().length, 1, "found, not posted again");
        });
        await t.test("and a click decides as ever", async () => {
          await both.click(asked, oswaldo, "approve");
          await slack.until(() => /\*Approved\*/.test(wordsOf(asked)), { what: "decided" });
          assert.equal((await countersign.api("/readyz", { role: null })).status, 200);
          assert.deepEqual(slack.violations, []);
        });
      } finally {
        await both.stop();
      }
    }));
  });

  describe("people sync: asked again, or broken off with the reason", { concurrency: 4 }, () => {
    let both;
    before(async () => (both = await startBoth()));
    after(() => both.stop());
    everyFault((what, fault) => test(`users.lookupByEmail: ${what}`, async () => {
      const name = `p${names.indexOf(what)}`;
      both.slack.world.addUser({ id: `U0${name.toUpperCase()}`, name, email: `${name}@example.com` });
      both.slack.fault({ method: "users.lookupByEmail", holds: `${name}%40`, ...fault });
      const folder = both.countersign.folder;
      const file = join(folder, `${name}.toml`);
      await writeFile(file, toml({ server: { listen: "127.0.0.1:0" }, store: { url: `sqlite:${folder}/${name}.db` },
        webhook: { p: { provider: "papertrail", token_file: join(folder, "webhook.token") } },
        slack: { api_url: both.slack.apiUrl, bot_token_env: "COUNTERSIGN_TEST_BOT_TOKEN", timeout: "1500ms", security_channel: securityChannel,
                 signing_secret_env: "COUNTERSIGN_TEST_SIGNING_SECRET", security_team: [securityMember] },
        person: [{ name, email: `${name}@example.com`, unix_users: [name] }] }));
      const { code, stdout, stderr } = await new Promise((resolve) => execFile(both.countersign.binary, ["people", "sync", "--config", file],
        { env: { ...process.env, ...both.countersign.env } }, (error, out, err) => resolve({ code: error?.code ?? 0, stdout: out, stderr: err })));
      if (what === "redirect") {
        assert.deepEqual([code, stdout], [2, ""]);
        assert.match(stderr, /302, a redirect: check \[slack\] api_url/);
      } else {
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`^slack_user = "U0${name.toUpperCase()}"`));
      }
    }));
  });

  describe("Socket Mode: both connections come up", { concurrency: 3 }, () => {
    everyFault((what, fault) => test(`apps.connections.open: ${what}`, async () => {
      const both = await startBoth({ socketMode: "unawaited", slack: { faults: [{ method: "apps.connections.open", times: 2, ...fault }] } });
      try {
        const { slack, countersign } = both;
        if (slow.has(what)) {
          await countersign.until(() => /no connection: slack: (asked to slow down|HTTP 302, a redirect)/.test(countersign.log), { what: "the log says why" });
        } else {
          await slack.until(() => slack.sockets.live.length === 2, { what: "two connections", within: 20_000 });
          await countersign.papertrail([papertrailEvent({ message: acceptedLine() })]);
          const [asked] = await messagesOf(slack, oswaldo, 1);
          assert.equal((await both.click(asked, oswaldo, "approve")).acked, true);
        }
        assert.deepEqual(slack.violations, []);
      } finally {
        await both.stop();
      }
    }));
  });
});

test("the table has every method that the program calls", async () => {
  const source = await readFile(new URL("../../src/chat/slack/manifest.cpp", import.meta.url), "utf8");
  const called = [...source.matchAll(/\{"([a-zA-Z]+(?:\.[a-zA-Z]+)+)", \{/g)].map((match) => match[1]);
  assert.ok(called.length >= 11, called.join());
  assert.deepEqual(Object.keys(table).filter((method) => method !== "response_url").sort(), called.sort());
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
