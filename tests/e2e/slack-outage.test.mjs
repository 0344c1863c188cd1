// Slack is down while logins pour in, and comes back: every one is asked about, in order in each channel, merged where
// many wait, decidable one by one, within Slack's rate; second copies are counted, at most one for each lost answer.
// COUNTERSIGN_OUTAGE_MINUTES=10 makes it last as long, with the logins spread over it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, messagesOf, oswaldo, securityChannel, securityMember, startBoth, wordsOf } from "./lib/slack.mjs";

const minutes = Number(process.env.COUNTERSIGN_OUTAGE_MINUTES ?? 0);
const logins = 1000;
const hundredPeople = Array.from({ length: 100 }, (_, i) => ({ name: `Person ${i}`, slack_user: `U0P${i}`, unix_users: [`p${i}`] }));
const port = (n) => 10_000 + n;
const portsOf = (message) => [...wordsOf(message).matchAll(/port (\d+)/g)].map((m) => Number(m[1]));

test(`${logins} logins while Slack is down`, async (t) => {
  const config = { person: hundredPeople, slack: { timeout: "1s" } };
  const both = await startBoth({ config, slack: { perSecond: 1, burst: 5 } });
  t.after(() => both.stop());
  const { slack, countersign } = both;
  for (const { slack_user: id } of hundredPeople) slack.world.addUser({ id });

  // Down: mostly refused at once, some after the message was stored.
  const kinds = [{ kind: "status", status: 503 }, { kind: "reset" }, { kind: "status", status: 429, headers: { "retry-after": "1" } }];
  const down = { method: "*", times: Infinity, acts: false, answers: kinds };
  const dark = { method: "chat.postMessage", times: 20, acts: true, answer: { kind: "reset" } };
  slack.faults.push(dark, down);
  // One in five for the channel (nobody known), the rest for a hundred people.
  const began = Date.now();
  for (let n = 0; n < logins; n += 20) {
    const events = Array.from({ length: 20 }, (_, i) => papertrailEvent({
      message: acceptedLine({ user: (n + i) % 5 === 0 ? `nobody${n + i}` : `p${(n + i) % 100}`, port: port(n + i) }) }));
    assert.equal((await countersign.papertrail(events)).body.events, 20);
    if (minutes > 0) await sleep((minutes * 60_000 * 20) / logins);
  }
  // Shortened, it lasts until the answers were lost, too.
  await slack.until(() => dark.times === 0, { what: "answers lost", within: 30_000 });
  const ready = await countersign.until(async () => {
    const { body } = await countersign.api("/readyz", { role: null });
    return body.oldest_notification_age_s >= 1 && body;
  }, { what: "an age of the oldest" });
  if (minutes > 0) assert.ok(ready.status === "degraded" && ready.oldest_notification_age_s >= minutes * 60 - 30, JSON.stringify(ready));
  const lost = 20 - dark.times;
  slack.faults.length = 0;
  assert.ok(down.met >= 3 * kinds.length, `each kind of refusal, several times: ${down.met} in all`);
  const back = Date.now();

  const targets = [securityChannel, ...hundredPeople.map((p) => p.slack_user)];
  const seen = () => new Set(targets.flatMap((id) => slack.messages(id).flatMap(portsOf))).size;
  await slack.until(() => seen() === logins, { what: `all (there are ${seen()})`, within: 240_000 });
  const took = (Date.now() - back) / 1000;
  await countersign.until(async () => (await countersign.api("/readyz", { role: null })).body.oldest_notification_age_s === 0, { what: "nothing owed", within: 30_000 });

  let copies = 0;
  let messages = 0;
  for (const id of targets) {
    const ports = slack.messages(id).flatMap(portsOf);
    const first = [...new Set(ports)];
    assert.deepEqual(first, first.toSorted((a, b) => a - b), `order for ${id}`);
    copies += ports.length - first.length;
    messages += slack.messages(id).length;
  }
  t.diagnostic(`${logins} logins, ${((back - began) / 1000).toFixed(0)} s of outage: delivered in ${took.toFixed(1)} s as ${messages} messages; ${lost} answers lost, ${copies} second copies`);
  assert.ok(copies <= lost, `${copies} second copies for ${lost} lost answers`);
  assert.deepEqual(slack.violations, []);
  const pending = new Set();
  for (let cursor = ""; cursor !== undefined;) {
    const { body } = await countersign.api(`/api/v1/approvals?state=pending&limit=1000${cursor && `&cursor=${cursor}`}`, { role: "viewer" });
    for (const one of body.approvals) {
      pending.add(one.id);
      assert.ok(one.notifications.every((n) => n.state === "sent"), JSON.stringify(one.notifications));
    }
    cursor = body.next_cursor ?? undefined;
  }
  assert.equal(pending.size, logins);
  // Each is decidable: as many approve buttons as logins, no value twice; one click decides one.
  const buttons = targets.flatMap((id) => slack.messages(id).flatMap((m) => m.blocks.filter((b) => b.type === "actions")
    .map((b) => b.elements.find((e) => e.action_id === "approve").value)));
  assert.equal(new Set(buttons).size, logins + copies);
  const crowd = slack.messages(securityChannel).find((m) => portsOf(m).length > 5);
  const had = actionsOf(crowd).length;
  const per = had / portsOf(crowd).length;
  await both.click(crowd, securityMember, "approve");
  await slack.until(() => actionsOf(crowd).length === had - per && /\*Approved\*/.test(wordsOf(crowd)), { what: "one of the crowd decided" });
  const { body } = await countersign.api("/api/v1/approvals?state=approved", { role: "viewer" });
  assert.equal(body.approvals.length, 1);
  assert.deepEqual(slack.violations, []);
});

test("a storm in one channel: the first at once, the rest merged, within the rate; an idle channel isn't kept waiting", async (t) => {
  const both = await startBoth({ slack: { perSecond: 1, burst: 5 } });
  t.after(() => both.stop());
  const ask = (user, n) => both.countersign.papertrail([papertrailEvent({ message: acceptedLine({ user, port: port(n) }) })]);
  const began = Date.now();
  await ask("nobody0", 0);
  await messagesOf(both.slack, securityChannel, 1);
  assert.ok(Date.now() - began < 500);
  for (let n = 1; n < 40; n++) await ask(`nobody${n}`, n);
  const told = () => both.slack.messages(securityChannel);
  await ask("oswaldo", 99);
  const asked = Date.now();
  await messagesOf(both.slack, oswaldo, 1);
  assert.ok(Date.now() - asked < 500);
  await both.slack.until(() => told().flatMap(portsOf).length >= 40, { what: "all forty" });
  assert.deepEqual(told().flatMap(portsOf), Array.from({ length: 40 }, (_, n) => port(n)));
  assert.ok(told().length <= 10, `${told().length} messages`);
  assert.deepEqual(both.slack.violations, []);
});
