// A real sshd is logged into; what it wrote is posted as Papertrail does, and the right human is asked, once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { FakeSlack } from "../fakes/slack/slack.mjs";
import { Countersign, papertrailEvent } from "./lib/countersign.mjs";
import { Sshd, whyNoSshd } from "./lib/sshd.mjs";

const missing = await whyNoSshd();
if (missing && process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_ALL=1 and ${missing}`);
if (missing) console.log(`SKIPPED: ${missing}`);
const real = (name, body) => test(name, { skip: missing ? `SKIPPED: ${missing}` : false }, body);

const channel = "C0SECURITY";
let sshd, oswaldo, alice, robot, stranger;

before(async () => {
  if (missing) return;
  sshd = await Sshd.start({ users: { oswaldo: { password: "correct horse" }, ubuntu: {}, deploy: {}, mallory: {} } });
  [oswaldo, alice, robot, stranger] = await Promise.all(["oswaldo", "alice", "robot", "stranger"].map((name) => sshd.makeKey(name)));
  await sshd.authorize("oswaldo", oswaldo);
  await sshd.certify(alice, { id: "alice@example.com", serial: 7, principals: ["ubuntu"] });
  await sshd.authorize("deploy", robot, stranger);
  await sshd.authorize("mallory", stranger);
});
after(() => sshd?.stop());

/** Countersign and a fake Slack for one test; both end with it. Timers don't fire unless `notify` says so. */
async function house(t, notify = {}) {
  const slack = await FakeSlack.start({ perSecond: 0 });
  let countersign;
  t.after(async () => {
    await countersign?.stop();
    await slack.stop();
    assert.deepEqual(slack.violations, [], "Slack's rules were kept");
  });
  for (const id of ["U0OSWALDO", "U0ALICE", "U0GUARD"]) slack.world.addUser({ id });
  slack.world.addChannel({ id: channel, members: ["U0GUARD", "U0OSWALDO"] });
  countersign = await Countersign.start({
    config: {
      slack: { api_url: slack.apiUrl, bot_token: slack.botToken, signing_secret: slack.signingSecret,
               security_channel: channel, security_team: ["U0GUARD"] },
      notify: { group_window: "0s", escalate_after: "1h", repeat_every: "1h", ...notify },
      person: [
        { name: "Oswaldo", slack_user: "U0OSWALDO", unix_users: ["oswaldo"], key_fingerprints: [oswaldo.fingerprint] },
        { name: "Alice", slack_user: "U0ALICE", certificate_ids: [{ id: "alice@example.com", ca: sshd.authority.fingerprint }] },
      ],
      service_account: [{ unix_user: "deploy", purpose: "roll-outs", owner: "Alice", key_fingerprints: [robot.fingerprint],
                          networks: ["127.0.0.9/32"] }],
    },
  });
  return { slack, countersign };
}

/** The lines of one session as Papertrail events, and what Countersign answered. None may be beyond its rules. */
async function post(countersign, lines) {
  const events = lines.map((line) => papertrailEvent({ message: line.message, program: line.program, at: line.at }));
  const { status, body } = await countersign.papertrail(events);
  assert.equal(status, 200);
  if (body.quarantined > 0) {
    const { body: kept } = await countersign.api("/api/v1/quarantine");
    assert.fail(`quarantined: ${JSON.stringify(kept.quarantine.map((q) => q.message), null, 1)}`);
  }
  assert.equal(body.received, lines.length);
  return { events, body };
}

const shown = (message) => JSON.stringify(message.blocks);
const buttons = (message) => (message.blocks ?? []).flatMap((b) => b.elements ?? []).filter((e) => e.type === "button").map((e) => e.action_id);
const logins = async (countersign) => (await countersign.api("/api/v1/events?query=event.action%3Dssh_login%20AND%20event.outcome%3Dsuccess")).body.events;

/** The one approval, once its one message has reached `user`. */
async function onlyAsk({ slack, countersign }, user) {
  await slack.until(() => slack.messages(user).length > 0, { what: `a message to ${user}` });
  const approvals = await countersign.approvals();
  assert.equal(approvals.length, 1);
  assert.equal(slack.messages(user).length, 1);
  return { approval: approvals[0], message: slack.messages(user)[0] };
}

real("a key: one event, one approval, one message to its person, one decision", async (t) => {
  const { slack, countersign } = await house(t);
  const session = await sshd.login({ user: "oswaldo", key: oswaldo, from: "127.0.0.5" });
  assert.equal(session.code, 0, session.complaint);
  const { events } = await post(countersign, session.lines);

  const { approval, message } = await onlyAsk({ slack, countersign }, "U0OSWALDO");
  const [event, ...others] = await logins(countersign);
  assert.equal(others.length, 0);
  const { "user.name": user, "source.ip": address, "source.port": port, "ssh.method": method, "ssh.key.type": type,
          "ssh.key.fingerprint": fingerprint, "host.name": host, "process.name": program, "rule.id": rule } = event;
  assert.deepEqual({ user, address, port, method, type, fingerprint, host, program, rule },
                   { user: "oswaldo", address: "127.0.0.5", port: session.port, method: "publickey", type: "ED25519",
                     fingerprint: oswaldo.fingerprint, host: "bastion", program: session.accepted.program, rule: "sshd.accepted" });
  assert.equal(approval.state, "pending");
  assert.equal(approval.person, "Oswaldo");
  assert.equal(approval.addressed_to, "Oswaldo");
  assert.equal(approval.events.length, 1);
  assert.equal(approval.events[0].sightings.length, 1);
  for (const fact of ["oswaldo", "127.0.0.5", oswaldo.fingerprint]) assert.ok(shown(message).includes(fact), fact);
  assert.deepEqual(buttons(message), ["approve", "deny", "wrong_person", "approve_for"]);

  const again = await countersign.papertrail(events);
  assert.equal(again.body.events, 0, "a redelivery is no news");
  assert.equal(again.body.duplicates + again.body.ignored, events.length);

  const click = await slack.click({ url: `${countersign.url}/slack/interactivity`, user: "U0OSWALDO", channel: message.channel,
                                    ts: message.ts, action_id: "approve" });
  assert.equal(click.status, 200);
  await slack.until(() => message.revisions.length > 1, { what: "the update in place" });
  assert.deepEqual(buttons(message), []);
  assert.match(shown(message), /Approved.*Oswaldo/);
  const decided = (await countersign.api(`/api/v1/approvals/${approval.id}`)).body;
  assert.equal(decided.state, "approved");
  assert.deepEqual(decided.decisions.map(({ by, decision, via }) => ({ by, decision, via })), [{ by: "Oswaldo", decision: "approve", via: "slack" }]);
  assert.deepEqual(decided.notifications.map(({ to, state }) => ({ to, state })), [{ to: "Oswaldo", state: "sent" }]);
  assert.equal(slack.messages("U0OSWALDO").length, 1);
  assert.equal(slack.messages(channel).length, 0);
});

real("a certificate on a shared account asks the one it was signed for", async (t) => {
  const { slack, countersign } = await house(t);
  const session = await sshd.login({ user: "ubuntu", key: alice });
  assert.equal(session.code, 0, session.complaint);
  await post(countersign, session.lines);
  const { approval, message } = await onlyAsk({ slack, countersign }, "U0ALICE");
  const [event] = approval.events;
  assert.equal(approval.person, "Alice");
  assert.equal(event["user.name"], "ubuntu");
  assert.equal(event["source.port"], session.port);
  assert.equal(event["ssh.key.type"], "ED25519");
  assert.equal(event["ssh.key.fingerprint"], alice.fingerprint);
  assert.equal(event["ssh.certificate.id"], "alice@example.com");
  assert.equal(event["ssh.certificate.serial"], "7");
  assert.equal(event["ssh.ca.fingerprint"], sshd.authority.fingerprint);
  for (const fact of ["alice@example.com", sshd.authority.fingerprint]) assert.ok(shown(message).includes(fact), fact);
  assert.equal(slack.messages(channel).length, 0);
});

real("a password login of one's own account asks its owner", async (t) => {
  const { slack, countersign } = await house(t);
  const session = await sshd.login({ user: "oswaldo", password: "correct horse" });
  assert.equal(session.code, 0, session.complaint);
  await post(countersign, session.lines);
  const { approval } = await onlyAsk({ slack, countersign }, "U0OSWALDO");
  assert.equal(approval.events[0]["ssh.method"], "password");
  assert.equal(approval.events[0]["source.port"], session.port);
  assert.equal(approval.events[0]["ssh.key.fingerprint"], undefined);
});

real("every kind of session is understood, and failures ask nobody", async (t) => {
  const { slack, countersign } = await house(t);
  const sessions = {
    terminal: { user: "oswaldo", key: oswaldo, options: ["RequestTTY=force"], logins: 1 },
    sftp: { user: "oswaldo", key: oswaldo, program: "sftp", tail: ["-b", "-", "TARGET"], input: "pwd\n", logins: 1 },
    copy: { user: "oswaldo", key: oswaldo, program: "scp", tail: ["-q", "TARGET:/etc/hostname", "/dev/null"], logins: 1 },
    "failing command": { user: "oswaldo", key: oswaldo, command: "exit 3", logins: 1 },
    "wrong password": { user: "oswaldo", password: "wrong", logins: 0 },
    "no such user": { user: "nosuch", password: "wrong", logins: 0 },
    "hostile user": { user: "x from 1.2.3.4 port 22 ssh2", password: "wrong", logins: 0 },
    "foreign key": { user: "oswaldo", key: stranger, logins: 0 },
    "root by password": { user: "root", password: "wrong", logins: 0 },
    "too many keys": { user: "mallory", key: oswaldo, options: [alice, robot, sshd.authority].map((k) => `IdentityFile=${k.file}`), logins: 0 },
  };
  let expected = 0;
  for (const [kind, session] of Object.entries(sessions)) {
    const { lines, complaint } = await sshd.login(session);
    expected += session.logins;
    await t.test(kind, async () => {
      assert.ok(lines.length > 0, complaint);
      await post(countersign, lines);
      assert.equal((await logins(countersign)).length, expected);
    });
  }
  const opening = sshd.lines.slice(0, sshd.lines.findIndex((line) => line.message.startsWith("Accepted ")));
  assert.match(opening[0].message, /^Server listening/);
  await post(countersign, opening);
  assert.equal((await countersign.approvals()).length, expected, "one for each login, none for a failure");
  // Logins that come faster than a person may be spoken to share a message, with buttons for each.
  const asked = () => slack.messages("U0OSWALDO").flatMap(buttons).filter((action) => action === "approve").length;
  await slack.until(() => asked() === expected, { what: "one question a login" });
  assert.equal(slack.messages(channel).length, 0);
});

real("service accounts and unknown accounts: the channel at once, with the reason", async (t) => {
  const { slack, countersign } = await house(t);
  const conforms = await sshd.login({ user: "deploy", key: robot, from: "127.0.0.9" });
  await post(countersign, conforms.lines);
  const [expected] = await countersign.approvals();
  assert.equal(expected.state, "expected");
  assert.equal(expected.notifications.length, 0);

  const deviations = [
    { login: { user: "deploy", key: robot, from: "127.0.0.1" }, why: /outside its networks/ },
    { login: { user: "deploy", key: stranger, from: "127.0.0.9" }, why: /a key its policy does not list/ },
    { login: { user: "mallory", key: stranger }, why: /nobody is known for account mallory/ },
  ];
  for (const [i, { login, why }] of deviations.entries()) {
    const session = await sshd.login(login);
    assert.equal(session.code, 0, session.complaint);
    await post(countersign, session.lines);
    await slack.until(() => slack.messages(channel).length === i + 1, { what: `the channel hears of ${login.user}` });
    const message = slack.messages(channel)[i];
    assert.match(shown(message), why);
    assert.ok(buttons(message).includes("deny"));
    const [approval] = await countersign.approvals();
    assert.equal(approval.person, null);
    assert.equal(approval.addressed_to, "security_channel");
    assert.equal(approval.events[0]["source.port"], session.port);
  }
  assert.equal(slack.messages("U0OSWALDO").length + slack.messages("U0ALICE").length, 0);
});

real("silence reaches the channel on the schedule's grid, across restarts, until someone decides", async (t) => {
  const escalateAfter = 1500, repeatEvery = 1000;
  const { slack, countersign } = await house(t, { escalate_after: `${escalateAfter}ms`, repeat_every: `${repeatEvery}ms` });
  const session = await sshd.login({ user: "oswaldo", key: oswaldo });
  await post(countersign, session.lines);
  const [{ id, created_at: createdAt }] = await countersign.approvals();
  const created = Date.parse(createdAt);
  const heard = () => slack.messages(channel);
  const hears = (count) => slack.until(() => heard().length >= count, { what: `${count} messages in the channel` });

  await hears(2);
  assert.match(heard()[0].text, /^No answer yet/);
  await countersign.restart("SIGTERM");
  await hears(4);
  await countersign.restart("SIGKILL");
  await hears(6);

  const click = await slack.click({ url: `${countersign.url}/slack/interactivity`, user: "U0GUARD", channel, ts: heard().at(-1).ts, action_id: "approve" });
  assert.equal(click.status, 200);
  await slack.until(() => heard().every((message) => buttons(message).length === 0), { what: "every message decided in place" });
  const count = heard().length;
  const slots = heard().map((message) => (message.revisions[0].at - created - escalateAfter) / repeatEvery);
  assert.ok(slots.every((slot, k) => slot >= k), `at most one a slot of the grid, none early: ${slots}`);
  assert.ok(Math.floor(slots.at(-1)) - (count - 1) <= 3, `none lost but while it was down: ${slots}`);
  for (const message of heard().slice(1)) assert.match(message.revisions[0].text, /^Still no answer/);
  const decided = (await countersign.api(`/api/v1/approvals/${id}`)).body;
  assert.equal(decided.notifications.filter(({ to }) => to === "security_channel").length, count);
  await new Promise((resolve) => setTimeout(resolve, 2 * repeatEvery));  // a decided one is silent: that takes time to see
  assert.equal(heard().length, count);
  const [, told, ...more] = slack.messages("U0OSWALDO");
  assert.match(told.text, /^Approved in your name: .* by <@U0GUARD>/);
  assert.equal(more.length, 0);
});
