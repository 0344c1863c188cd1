// What Slack, or a proxy before it, refuses, loses or hides: one message that is never let through, an outage that begins
// with a lost answer, a first copy far up the history, a channel that is none. Nothing else is held up, nothing is twice.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { assertNothingBroken, messagesOf, oswaldo, securityChannel, startBoth, wordsOf } from "./lib/slack.mjs";

const ask = (both, user, port = 1) => both.countersign.papertrail([papertrailEvent({ message: acceptedLine({ user, port }) })]);
const ready = async (both) => (await both.countersign.api("/readyz", { role: null })).body;
const settled = (both) => both.countersign.until(async () => {
  const approvals = await both.countersign.approvals();
  return approvals.length > 0 && approvals.every((a) => a.notifications.every((n) => n.state === "sent"));
}, { what: "all sent", within: 20_000 });
const looks = (both, id) => both.slack.calls.filter((call) => call.method === "conversations.history" && call.args?.channel === id);
const dm = (both) => both.slack.world.dmOf(oswaldo);

describe("refused, lost and hidden", { concurrency: true }, () => {
  test("an outage that begins with a lost answer: after it that copy is looked for, not sent again", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    both.slack.fault({ method: "chat.postMessage", acts: true, answer: { kind: "reset" } });
    await ask(both, "oswaldo");
    await messagesOf(both.slack, oswaldo, 1);
    await both.slack.unplug();
    await sleep(2500);  // the second attempt is refused
    await both.slack.plugIn();
    await settled(both);
    await messagesOf(both.slack, oswaldo, 1);
    assert.ok(looks(both, dm(both).id).length > 0);
    assertNothingBroken(both.slack);
  });

  test("killed before the answer was written down, and much was said since: the copy is found pages away", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    both.slack.fault({ method: "chat.postMessage", acts: true, answer: { kind: "hang" } });
    await ask(both, "oswaldo");
    await messagesOf(both.slack, oswaldo, 1);
    for (let i = 0; i < 450; i++) both.slack.world.post(dm(both), { text: "hm", bot: null, user: oswaldo });
    await both.countersign.restart("SIGKILL");
    await settled(both);
    assert.equal(looks(both, dm(both).id).length, 3);
    assert.equal(both.slack.messages(oswaldo).filter((message) => message.bot_id).length, 1);
    assertNothingBroken(both.slack);
  });

  test("a name that a proxy lets nobody say: the alarm passes at once, the others soon, and a stub stands for it", async (t) => {
    const both = await startBoth({ config: { inbox: { enabled: true } } });
    t.after(() => both.stop());
    await ask(both, "oswaldo");
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    both.slack.fault({ holds: "evilname", times: Infinity, answer: { kind: "status", status: 403, body: "<html>blocked</html>" } });
    await ask(both, "evilname", 2);
    await both.slack.until(() => both.slack.calls.some((call) => call.status === 200 && call.fault === "status"), { what: "refused once" });
    await ask(both, "nobody", 3);
    const began = Date.now();
    await both.click(asked, oswaldo, "deny");
    const told = () => both.slack.messages(securityChannel);
    await both.slack.until(() => told().some((message) => /Alarm/.test(wordsOf(message))), { what: "the alarm" });
    assert.ok(!told().some((message) => /could not be shown/.test(message.text)), `the alarm overtakes (${Date.now() - began} ms)`);
    await both.slack.until(() => told().some((message) => /nobody/.test(wordsOf(message))), { what: "the other login", within: 20_000 });
    const stub = told().find((message) => /could not be shown/.test(message.text));
    const { id } = (await both.countersign.approvals()).find((a) => a.events.some((e) => e["user.name"] === "evilname"));
    assert.match(stub.text, new RegExp(`approval ${id} \\(pending\\).*<http://[^|>]+/inbox/approvals/${id}\\|`));
    assert.ok(told().indexOf(stub) < told().findIndex((message) => /nobody/.test(wordsOf(message))), "order kept");
    assert.match(both.countersign.log, /HTTP 403: notification \S+ is not let through/);
    await settled(both);
    assert.deepEqual((await ready(both)).reasons, []);
    const body = { decision: "approve" };
    assert.equal((await both.countersign.api(`/api/v1/approvals/${id}/decision`, { role: "security", body })).status, 200);
    await both.slack.until(() => stub.text.includes("(approved)"), { what: "the stub edited", within: 20_000 });
    assertNothingBroken(both.slack);
  });

  test("a security channel that is none: readyz says so from the start, the log once, and what waits names it", async (t) => {
    const both = await startBoth({ config: { slack: { security_channel: "C0WRONG" } } });
    t.after(() => both.stop());
    const reason = "the security channel C0WRONG: slack: channel_not_found: no such channel or user, or the bot can't see it";
    await both.countersign.until(async () => (await ready(both)).reasons.includes(reason), { what: "a reason" });
    await ask(both, "nobody");
    await both.countersign.until(async () => (await both.countersign.approvals())[0]?.notifications[0]?.error, { what: "the refusal noted" });
    assert.deepEqual((await ready(both)).reasons, [reason]);
    assert.equal(both.countersign.log.split(reason).length, 2, "logged once");
  });

  test("twelve incidents wait: their repeats go under their first messages, no new line in the channel", async (t) => {
    const both = await startBoth({ slack: { perSecond: 1, burst: 5 }, config: { notify: { repeat_every: "6s" } } });
    t.after(() => both.stop());
    for (let n = 0; n < 12; n++) await ask(both, `nobody${n}`, n + 1);
    const told = () => both.slack.messages(securityChannel);
    const lines = () => told().filter((message) => !message.thread_ts);
    await both.slack.until(() => told().length - lines().length >= 12, { what: "twelve repeats", within: 30_000 });
    const words = lines().map(wordsOf).join();
    for (let n = 0; n < 12; n++) assert.equal(words.split(`port ${n + 1}\n`).length + words.split(`port ${n + 1},`).length > 2, true, `nobody${n}`);
    assert.ok(lines().length <= 6, `${lines().length} lines for twelve incidents`);
    const roots = new Set(lines().map((message) => message.ts));
    assert.ok(told().every((message) => !message.thread_ts || roots.has(message.thread_ts)));
    assertNothingBroken(both.slack);
  });
});
