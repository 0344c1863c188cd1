// A denial told to the security channel offers to end the session, where an agent saw it; asked for with a question that
// names host, account and session, by the security team alone; what became of it is shown in place. And where it can't be
// ended from here the message says why.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { FakeAgent, kernelLogin } from "./lib/fake-agent.mjs";
import { actionsOf, assertNothingBroken, messagesOf, oswaldo, securityChannel, securityMember, startBoth, wordsOf } from "./lib/slack.mjs";
import { buttonIn } from "../fakes/slack/clicks.mjs";

const joinToken = "let-me-in";
process.env.COUNTERSIGN_TEST_JOIN = joinToken;  // the server's, too
const people = [{ name: "Oswaldo", slack_user: oswaldo, unix_users: ["oswaldo"] },
                { name: "Sam", slack_user: securityMember, unix_users: ["sam"] }];

/** Both, and an agent on bastion, joined. */
async function startAll(config = {}) {
  const both = await startBoth({ config: { ...config, person: people, host: [{ name: "bastion" }], agents: { join_token_env: "COUNTERSIGN_TEST_JOIN" } } });
  const agent = new FakeAgent(both.countersign);
  assert.ok((await agent.join(joinToken)).status < 300);
  return { ...both, agent };
}

/** A login that log and kernel tell of, denied by its person; the alarm in the channel. */
async function denied({ slack, countersign, agent, click }, { user = "oswaldo", id = oswaldo, port = 51234, kernel = true, pid = 4243 } = {}) {
  await countersign.papertrail([papertrailEvent({ message: acceptedLine({ user, port }) })]);
  if (kernel) assert.equal((await agent.send([kernelLogin({ user, port, pid })])).status, 200);
  const [asked] = await messagesOf(slack, id, 1);
  await click(asked, id, "deny");
  const [alarm] = await messagesOf(slack, securityChannel, 1);
  return { asked, alarm };
}

test("the security team ends the session of a denied login, and its message says what the agent did", async (t) => {
  const all = await startAll();
  t.after(() => all.stop());
  const { slack, agent } = all;
  const { asked, alarm } = await denied(all);
  assert.match(wordsOf(alarm), /Alarm: this login was denied/);
  assert.deepEqual(actionsOf(alarm), ["contain"]);
  await slack.until(() => actionsOf(asked).length === 0, { what: "its owner told; ending it is the security team's" });
  assert.match(wordsOf(asked), /The security team is told\./);
  const { confirm } = buttonIn(alarm.blocks, "contain");
  assert.equal(confirm.text.type, "plain_text");
  assert.match(confirm.text.text, /session of oswaldo on bastion from 203\.0\.113\.7 port 51234, process 4243/);

  // Not its owner, not a stranger.
  for (const user of [oswaldo, "U0STRANGER"]) {
    await all.click(alarm, user, "contain");
    await slack.until(() => slack.world.ephemerals.find((one) => one.user === user && /security team can end/.test(one.text)), { what: `${user} refused` });
  }
  assert.deepEqual((await agent.send([])).body.commands ?? [], []);

  await all.click(alarm, securityMember, "contain");
  await slack.until(() => actionsOf(alarm).length === 0 && /asked the agent of bastion to end the session of oswaldo/.test(wordsOf(alarm)), { what: "asked" });
  const { commands } = (await agent.send([])).body;
  assert.equal(commands.length, 1);
  const { id, pid, user } = JSON.parse(Buffer.from(commands[0].payload, "base64"));
  assert.deepEqual([pid, user], [4243, "oswaldo"]);
  const report = (outcome, message) => agent.send([{ id: `containment:${id}`, "@timestamp": new Date().toISOString(), "event.action": "containment",
    "event.outcome": outcome, "user.name": "oswaldo", "containment.id": id, message }]);
  await report("success", "sent SIGHUP to 4243");
  await slack.until(() => /`ended the session: sent SIGHUP to 4243`/.test(wordsOf(alarm)), { what: "the agent's word" });
  assert.deepEqual(actionsOf(alarm), []);
  assert.match(wordsOf(alarm), /The session has ended\./);
  assertNothingBroken(slack);
});

test("a question that names one session of a burst ends that one, whatever was denied meanwhile", async (t) => {
  const all = await startAll({ notify: { group_window: "30s" } });
  t.after(() => all.stop());
  const { slack, countersign, agent } = all;
  for (const port of [1, 2]) {
    await countersign.papertrail([papertrailEvent({ message: acceptedLine({ port }) })]);
    assert.equal((await agent.send([kernelLogin({ port, pid: 4000 + port })])).status, 200);
  }
  const one = async (count) => countersign.until(async () => {
    const [approval] = await countersign.approvals();
    return approval?.events.filter((event) => event["approval.state"] === "denied").length === count && approval;
  }, { what: `${count} denied` });
  const { id, events } = await countersign.until(async () => (await countersign.approvals()).find((a) => a.events.length === 2), { what: "the burst" });
  const deny = (event) => countersign.api(`/api/v1/approvals/${id}/decision`,
    { role: "security", method: "POST", body: { decision: "deny", events: [event.id] } });
  const first = events.find((event) => event["source.port"] === 1);
  await deny(first);
  await one(1);
  const [alarm] = await messagesOf(slack, securityChannel, 1);
  assert.match(buttonIn(alarm.blocks, "contain").confirm.text.text, /^The agent ends the session .* port 1, process 4001/);
  const revision = alarm.revisions.length - 1;
  assert.equal((await deny(events.find((event) => event !== first))).status, 200);
  await one(2);
  await all.click(alarm, securityMember, "contain", { revision });
  const commands = await countersign.until(async () => {
    const { commands = [] } = (await agent.send([])).body;
    return commands.length > 0 && commands;
  }, { what: "a command" });
  assert.deepEqual(commands.map((c) => JSON.parse(Buffer.from(c.payload, "base64")).pid), [4001]);
  assertNothingBroken(slack);
});

test("an agent that may not: the message says so, and the button is there again", async (t) => {
  const all = await startAll();
  t.after(() => all.stop());
  const { slack, agent } = all;
  const { alarm } = await denied(all);
  await all.click(alarm, securityMember, "contain");
  await slack.until(() => actionsOf(alarm).length === 0, { what: "asked" });
  const { id } = JSON.parse(Buffer.from((await agent.send([])).body.commands[0].payload, "base64"));
  await agent.send([{ id: `containment:${id}`, "@timestamp": new Date().toISOString(), "event.action": "containment", "event.outcome": "failure",
                      "containment.id": id, message: "this host does not allow it: contain = false <!channel>" }]);
  await slack.until(() => /did not end the session: this host does not allow it/.test(wordsOf(alarm)), { what: "the refusal" });
  assert.deepEqual(actionsOf(alarm), ["contain"]);
  assert.ok(!JSON.stringify(alarm.blocks).includes("<!channel>"));
  assertNothingBroken(slack);
});

describe("where it can't be ended from here, the message says why", () => {
  test("no agent saw it", async (t) => {
    const all = await startAll();
    t.after(() => all.stop());
    const { alarm } = await denied(all, { kernel: false });
    assert.deepEqual(actionsOf(alarm), []);
    assert.match(wordsOf(alarm), /No agent saw this session, so it can't be ended from here: end it on bastion\./);
  });

  test("the agent may not", async (t) => {
    const all = await startAll();
    t.after(() => all.stop());
    await all.agent.send([], { contain: false });
    const { alarm } = await denied(all);
    assert.deepEqual(actionsOf(alarm), []);
    assert.match(wordsOf(alarm), /The agent of bastion may not end sessions \(contain = false\): end it there\./);
  });

  test("it has ended; and whom it is about may not, of the security team or not", async (t) => {
    const all = await startAll();
    t.after(() => all.stop());
    const { slack, agent } = all;
    const { alarm } = await denied(all, { user: "sam", id: securityMember });
    await all.click(alarm, securityMember, "contain");
    await slack.until(() => slack.world.ephemerals.find((one) => one.user === securityMember && /This is about you/.test(one.text)), { what: "refused" });
    const at = new Date().toISOString();
    await agent.send([{ id: "end-1", "@timestamp": at, "event.action": "ssh_session_end", "user.name": "sam", "source.ip": "203.0.113.7", "source.port": 51234 }]);
    const { body } = await all.countersign.api(`/api/v1/approvals/${(await all.countersign.approvals())[0].id}/contain`, { body: {} });
    assert.match(JSON.stringify(body), /the session has ended/);
    assertNothingBroken(slack);
  });
});
