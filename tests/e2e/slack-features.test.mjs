// Fewer questions and more answers in Slack: expected changes, "yes, and the same for 8 h", bursts decided one by one,
// receipts with "not me", many clicks at once, deactivated users, the quarantine's digest, people sync.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { acceptedLine, papertrailEvent, people, toml } from "./lib/countersign.mjs";
import { actionsOf, alice, assertNothingBroken, messagesOf, oswaldo, securityChannel, securityMember, startBoth,
         wordsOf } from "./lib/slack.mjs";

const key = "SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG";
const login = (line = {}, event = {}) => papertrailEvent({ message: acceptedLine(line), ...event });
const interactivity = (both) => `${both.countersign.url}/slack/interactivity`;
const command = (both, user, text) => both.slack.command({ url: `${both.countersign.url}/slack/commands`, user, text });
const blocksText = (said) => wordsOf({ blocks: said.blocks });

async function post(both, ...events) {
  const { status, body } = await both.countersign.papertrail(events);
  assert.equal(status, 200, JSON.stringify(body));
}

async function states(both) {
  return (await both.countersign.approvals()).map((one) => one.state).sort();
}

async function changes(both, kind) {
  const { body } = await both.countersign.api("/api/v1/expected?all=true");
  return body.expected.filter((one) => one.kind === kind);
}

const inFourHours = () => Math.floor(Date.now() / 1000) + 4 * 3600;

describe("an expected change", () => {
  test("announced by the security team in a form: nobody is asked until it is ended", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    const opened = await command(both, securityMember, "expect");
    assert.equal(opened.status, 200);
    const modal = await both.slack.until(() => both.slack.world.modal(securityMember));
    assert.deepEqual(modal.view.blocks.filter((b) => b.type === "input").map((b) => b.block_id),
                     ["account", "host", "network", "key", "reason", "until"]);
    const url = interactivity(both);
    const hostile = `kernel <!channel> \`x\` ${"<https://evil.example|bank>".repeat(60)}`;
    const submit = (values) => both.slack.submit({ url, user: securityMember, values });
    assert.match((await submit({ reason: hostile })).errors.account, /scope/);
    assert.match((await submit({ reason: hostile, host: "bastion", network: "nonsense" })).errors.network, /10\.0\.0\.0/);
    assert.match((await submit({ reason: hostile, host: "bastion", until: 1000000000 })).errors.until, /past/);
    const done = await submit({ reason: hostile, host: "bas*", account: "oswaldo", until: inFourHours() });
    assert.equal(done.errors, undefined);
    assert.equal(JSON.parse(done.body).response_action, "update");
    assert.ok(!/<(?!!date\^)/.test(blocksText(JSON.parse(done.body).view)));
    await post(both, login(), login({ user: "alice", port: 2 }));
    await both.countersign.until(async () => (await states(both)).join() === "expected,pending");
    await messagesOf(both.slack, alice, 1);
    assert.equal(both.slack.messages(oswaldo).length, 0);

    assert.match(blocksText((await command(both, alice, "expected")).said), /Nothing is expected/);
    const { said } = await command(both, securityMember, "expected");
    assert.match(blocksText(said), /`oswaldo` on `bas\*`/);
    assert.ok(!/<(?!!date\^)/.test(blocksText(said)), blocksText(said));
    const ephemeral = { channel: securityChannel, user: alice, blocks: said.blocks };
    await both.slack.clickEphemeral({ url, ephemeral, action_id: "end_expected" });
    await both.slack.until(() => both.slack.world.ephemerals.find((one) => one.user === alice && /Only who announced/.test(one.text)));
    await both.slack.clickEphemeral({ url, ephemeral: { ...ephemeral, user: securityMember }, action_id: "end_expected" });
    await both.slack.until(() => both.slack.world.ephemerals.find((one) => /^Ended/.test(one.text)));
    await post(both, login({ port: 3 }));
    await messagesOf(both.slack, oswaldo, 1);
    const [ended] = await changes(both, "announced");
    assert.equal(ended.ended_by, securityMember);
    assertNothingBroken(both.slack);
  });

  test("a person's own covers their own logins alone, no unknown key, and is over with a denial", async (t) => {
    const both = await startBoth({ config: { person: [{ ...people[0], unix_users: ["oswaldo", "root"], key_fingerprints: [key] },
                                                      people[1]], service_account: [{ unix_user: "deploy" }] } });
    t.after(() => both.stop());
    const url = interactivity(both);
    await command(both, oswaldo, "expect");
    await both.slack.until(() => both.slack.world.modal(oswaldo));
    const submit = (values) => both.slack.submit({ url, user: oswaldo, values });
    assert.match((await submit({ reason: "mine", account: "alice" })).errors.account, /not yours/);
    assert.match((await submit({ reason: "mine", account: "deploy" })).errors.account, /not yours/);
    assert.equal((await submit({ reason: "moving house", host: "*astion" })).errors, undefined);
    await post(both, login({ port: 1 }));
    await both.countersign.until(async () => (await states(both)).join() === "expected");
    await post(both, login({ user: "alice", key: "ED25519 SHA256:other", port: 2 }));  // hers: asked of her
    await messagesOf(both.slack, alice, 1);
    await post(both, login({ user: "deploy", key: "ED25519 SHA256:bot", port: 3 }));  // nobody's: the channel
    await messagesOf(both.slack, securityChannel, 1);
    await post(both, login({ key: "ED25519 SHA256:unknown", port: 4 }));  // his account, a key he does not list
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    await both.click(asked, oswaldo, "deny");
    await both.countersign.until(async () => (await changes(both, "announced"))[0].ended_at !== null);
    await post(both, login({ port: 5 }));
    await messagesOf(both.slack, oswaldo, 2);
    assertNothingBroken(both.slack);
  });

  test("through the API and the command line", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    const run = (...args) => new Promise((resolve) => execFile(both.countersign.binary,
      ["expected", ...args, "--server", both.countersign.url, "--token-file", join(both.countersign.folder, "admin.token")],
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));
    const added = await run("add", "--account", "oswaldo", "--reason", "disks", "--for", "2h", "--format", "json");
    assert.equal(added.code, 0, added.stderr);
    const { id } = JSON.parse(added.stdout);
    assert.match((await run("list")).stdout, new RegExp(`${id} .*oswaldo.*disks`));
    await post(both, login());
    await both.countersign.until(async () => (await states(both)).join() === "expected");
    assert.equal((await run("end", id)).code, 0);
    assert.equal((await run("end", id)).code, 1);
    assert.equal((await run("list")).stdout, "");
    assert.match((await run("list", "--all")).stdout, /ended .* by admin-token/);
    const api = (body, role = "security") => both.countersign.api("/api/v1/expected", { role, body });
    const until = new Date(Date.now() + 3600e3).toISOString();
    for (const [body, status] of [[{ reason: "x", until }, 400], [{ account: "a", until }, 400], [{ account: "a", reason: "x" }, 400],
                                  [{ account: "a", reason: "x", until: "2020-01-01T00:00:00Z" }, 400],
                                  [{ account: "a", reason: "x", until: new Date(Date.now() + 40 * 86400e3).toISOString() }, 400],
                                  [{ account: 1, reason: "x", until }, 400], ["nonsense", 400],
                                  [{ account: "a", reason: "x", until, person: "Nobody" }, 400],
                                  [{ account: "a", reason: "x", until }, 201]])
      assert.equal((await api(body)).status, status, JSON.stringify(body));
    assert.equal((await api({ account: "a", reason: "x", until }, "viewer")).status, 403);
    assert.equal((await both.countersign.api("/api/v1/expected", { role: "viewer" })).body.expected.length, 1);
  });
});

test("yes, and the same for 8 h: the same key, network and host group are not asked again; anything new is", async (t) => {
  const host = (name, groups) => ({ name, groups });
  const both = await startBoth({ config: { host: [host("bastion", ["web"]), host("web1", ["web"]), host("db1", ["db"])] } });
  t.after(() => both.stop());
  await post(both, login({ port: 1 }));
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  assert.deepEqual(actionsOf(asked), ["approve", "deny", "wrong_person", "approve_for"]);
  assert.match(wordsOf(asked), /Yes, and the same for 8h/);
  await both.click(asked, oswaldo, "approve_for");
  await both.slack.until(() => /and the same until <!date/.test(wordsOf(asked)));
  const [trust] = await changes(both, "trust");
  assert.deepEqual([trust.person, trust.account, trust.host, trust.network, trust.key],
                   ["Oswaldo", "oswaldo", "bastion", "203.0.113.0/24", key]);
  assert.ok(Math.abs(Date.parse(trust.until) - Date.now() - 8 * 3600e3) < 60e3);
  await post(both, login({ port: 2 }), login({ port: 3, address: "203.0.113.99" }, { host: "web1" }));
  await both.countersign.until(async () => (await states(both)).join() === "approved,expected,expected");
  assert.equal(both.slack.messages(oswaldo).length, 1);
  let count = 1;
  for (const news of [login({ port: 4, address: "198.51.100.1" }), login({ port: 5, key: "ED25519 SHA256:new" }),
                      login({ port: 6 }, { host: "db1" }), login({ port: 7, method: "password" })]) {
    await post(both, news);
    await messagesOf(both.slack, oswaldo, (count += 1));
  }
  assert.ok(!actionsOf(both.slack.messages(oswaldo).at(-1)).includes("approve_for"), "a password is not known again");
  await both.countersign.restart();
  await post(both, login({ port: 8 }));
  await both.countersign.until(async () => (await states(both)).filter((one) => one === "expected").length === 3);
  const ended = await both.countersign.api(`/api/v1/expected/${trust.id}/end`, { role: "security", method: "POST" });
  assert.equal(ended.status, 200);
  await post(both, login({ port: 9 }));
  await messagesOf(both.slack, oswaldo, count + 1);
  assertNothingBroken(both.slack);
});

test("what is critical can't be trusted for longer, whoever forges the button", async (t) => {
  const both = await startBoth({ config: { host: [{ name: "bastion", severity: "critical" }] } });
  t.after(() => both.stop());
  await post(both, login({ port: 1 }));
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  assert.ok(!actionsOf(asked).includes("approve_for"));
  await both.slack.click({ url: interactivity(both), user: oswaldo, channel: asked.channel, ts: asked.ts, action_id: "approve",
                           forge: { payload: (payload) => { payload.actions[0].action_id = "approve_for"; } } });
  await both.slack.until(() => both.slack.world.ephemerals.find((one) => /only be approved for itself/.test(one.text)));
  assert.equal((await states(both)).join(), "pending");
});

test("a burst: all at once, or one by one", async (t) => {
  const both = await startBoth({ config: { notify: { group_window: "30s" } } });
  t.after(() => both.stop());
  await post(both, login({ port: 1 }));
  await post(both, login({ port: 2 }, { host: "web1" }), login({ port: 3 }, { host: "web2" }));
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  await both.slack.until(() => /3\. `web2`/.test(wordsOf(asked)), { what: "three lines" });
  const choose = (value, user = oswaldo) => both.slack.choose({ url: interactivity(both), user, channel: asked.channel, ts: asked.ts,
                                                              action_id: "one", value });
  const one = async (state) => both.countersign.until(async () => {
    const [approval] = await both.countersign.approvals();
    return approval.events.map((event) => event["approval.state"]).join() === state && approval;
  }, { what: state });
  await choose("y1", alice);
  await both.slack.until(() => both.slack.world.ephemerals.find((said) => said.user === alice));
  await choose("y1");
  await one("pending,approved,pending");
  const menu = () => asked.blocks.flatMap((block) => block.elements ?? []).find((element) => element.type === "static_select");
  await both.slack.until(() => menu()?.options.length === 4, { what: "two left to decide" });
  await both.click(asked, oswaldo, "approve");
  assert.equal((await one("approved,approved,approved")).state, "approved");
  await both.slack.until(() => actionsOf(asked).length === 0);
  assertNothingBroken(both.slack);
});

test("who was spoken for gets a receipt, and can take it back", async (t) => {
  const both = await startBoth({ config: { person: [{ ...people[0], key_fingerprints: [{ fingerprint: key, name: "yubikey" }] }, people[1]] } });
  t.after(() => both.stop());
  await post(both, login());
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  assert.match(wordsOf(asked), /\*yubikey\*, ED25519 `SHA256:abcd/);
  const [approval] = await both.countersign.approvals();
  await both.countersign.api(`/api/v1/approvals/${approval.id}/decision`, { role: "security", body: { decision: "approve", reason: "he called" } });
  const [, receipt] = await messagesOf(both.slack, oswaldo, 2);
  assert.match(wordsOf(receipt), /Approved in your name/);
  assert.deepEqual(actionsOf(receipt), ["not_me"]);
  await both.click(receipt, alice, "not_me");
  await both.slack.until(() => both.slack.world.ephemerals.find((one) => /only Oswaldo can say/i.test(one.text)));
  await both.click(receipt, oswaldo, "not_me");
  const alarm = await both.slack.until(() => both.slack.messages(securityChannel).find((m) => /Alarm/.test(wordsOf(m))));
  assert.match(wordsOf(alarm), /Denied\* by Oswaldo/);
  await both.slack.until(() => actionsOf(receipt).length === 0);
  const after = (await both.countersign.approvals())[0];
  assert.equal(after.state, "denied");
  assert.deepEqual(after.decisions.map((d) => d.decision), ["approve", "deny"]);
  assert.equal(both.slack.messages(oswaldo).length, 2, "their own word needs no receipt");
  assertNothingBroken(both.slack);
});

test("receipts of many decisions share messages, each with its own not-me, within Slack's rate", async (t) => {
  const count = 60;
  const both = await startBoth({ slack: { perSecond: 1, burst: 5 } });
  t.after(() => both.stop());
  await post(both, ...Array.from({ length: count }, (_, i) => login({ port: i + 1 })));
  const approvals = await both.countersign.approvals({ limit: 1000 });
  assert.equal(approvals.length, count);
  const began = performance.now();
  await Promise.all(approvals.map(({ id }) => both.countersign.api(`/api/v1/approvals/${id}/decision`,
    { role: "security", body: { decision: "approve", reason: "moving day" } })));
  const receipts = () => both.slack.messages(oswaldo).filter((message) => actionsOf(message).includes("not_me"));
  const buttons = () => receipts().flatMap((m) => m.blocks.filter((b) => b.type === "actions").map((b) => b.elements[0].value));
  await both.slack.until(() => buttons().length === count, { what: "a receipt of each", within: 30_000 });
  t.diagnostic(`${count} decisions: ${receipts().length} messages in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  assert.equal(new Set(buttons()).size, count);
  assert.ok(receipts().length <= count / 10 + 4, `${receipts().length} messages`);
  const shared = receipts().find((message) => actionsOf(message).length > 1);
  assert.match(wordsOf(shared), /10 decisions in your name/);
  assert.match(wordsOf(shared), /\*Approved\* by .*security.*: `moving day`/);
  const had = actionsOf(shared).length;
  await both.click(shared, oswaldo, "not_me");
  await both.slack.until(() => both.slack.messages(securityChannel).some((m) => /Alarm/.test(wordsOf(m))), { what: "the alarm" });
  await both.slack.until(() => actionsOf(shared).length === had - 1, { what: "that one's button is gone, the others stay" });
  assertNothingBroken(both.slack);
});

test("twenty people click at once: one decision, nineteen are told who decided", async (t) => {
  const team = Array.from({ length: 20 }, (_, i) => `U0TEAM${i}`);
  const both = await startBoth({ config: { slack: { security_team: team }, notify: { escalate_after: "100ms" } } });
  t.after(() => both.stop());
  for (const id of team) {
    both.slack.world.addUser({ id });
    both.slack.world.channels.get(securityChannel).members.add(id);
  }
  await post(both, login());
  const [escalated] = await messagesOf(both.slack, securityChannel, 1);
  await Promise.all(team.map((id, i) => both.click(escalated, id, i % 2 ? "approve" : "deny")));
  const [approval] = await both.countersign.approvals();
  assert.equal(approval.decisions.length, 1);
  const { by, decision } = approval.decisions[0];
  const told = await both.slack.until(() => {
    const said = both.slack.world.ephemerals.filter((one) => /already/.test(one.text));
    return said.length === 19 && said;
  }, { what: "nineteen answers" });
  assert.equal(new Set(told.map((one) => one.user)).size, 19);
  const word = decision === "deny" ? "Denied" : "Approved";
  for (const one of told) assert.match(one.text, new RegExp(`^${word} by ${by} at .* already\\.$`));
  assert.ok(!told.some((one) => one.user === by));
  assertNothingBroken(both.slack);
});

test("a deactivated person's messages go to the channel, with the reason; who they are is asked once a day", async (t) => {
  const both = await startBoth();
  t.after(() => both.stop());
  both.slack.world.addUser({ id: alice, deleted: true });
  await post(both, login(), login({ user: "alice", port: 2, key: "ED25519 SHA256:hers" }));
  const [rerouted] = await messagesOf(both.slack, securityChannel, 1);
  assert.match(wordsOf(rerouted), /Alice could not be asked: their Slack account U0ALICE is deactivated/);
  await messagesOf(both.slack, oswaldo, 1);
  await both.countersign.restart();
  await post(both, login({ port: 3 }));
  await messagesOf(both.slack, oswaldo, 2);
  assert.equal(both.slack.calls.filter((call) => call.method === "users.info").length, 2);
  assertNothingBroken(both.slack);
});

test("Slack that can't say who somebody is holds no message up", async (t) => {
  const both = await startBoth({ slack: { scopes: ["chat:write", "im:write", "commands"] } });
  t.after(() => both.stop());
  await post(both, login());
  await messagesOf(both.slack, oswaldo, 1);
  const { body } = await both.countersign.api("/readyz");
  assert.match(body.reasons.join(), /lacks the scopes channels:history, groups:history, im:history, users:read, users:read\.email/);
});

test("what no rule understood is told in sum, not one by one", async (t) => {
  const both = await startBoth({ config: { notify: { digest_every: "1s" } } });
  t.after(() => both.stop());
  const odd = (program, i) => papertrailEvent({ message: `Gobbledygook <!channel> ${i}`, program });
  await post(both, ...Array.from({ length: 12 }, (_, i) => odd("sshd", i)), ...Array.from({ length: 25 }, (_, i) => odd("sudo", i)));
  const [digest] = await messagesOf(both.slack, securityChannel, 1);
  assert.equal(digest.blocks[1].text.text, "37 messages no rule understood: 25 from sudo, 12 from sshd.");
  assert.deepEqual(actionsOf(digest), []);
  await post(both, odd("sshd", 99));
  const [, second] = await messagesOf(both.slack, securityChannel, 2);
  assert.match(wordsOf(second), /^.*1 message no rule understood: 1 from sshd\.$/m);
  assertNothingBroken(both.slack);
});

test("people sync proposes ids by e-mail, names who can't be asked, and writes nothing unasked", async (t) => {
  const both = await startBoth();
  const folder = await mkdtemp(join(tmpdir(), "countersign-people-"));
  t.after(async () => {
    await both.stop();
    await rm(folder, { recursive: true, force: true });
  });
  both.slack.world.addUser({ id: "U0NEW", name: "carol", email: "carol@example.com" });
  both.slack.world.addUser({ id: "U0OLD", name: "dan", deleted: true });
  both.slack.world.addUser({ id: "U0GUEST", name: "eve", is_restricted: true });
  both.slack.world.addUser({ id: "U0ROBOT", name: "bot", is_bot: true });
  const person = (name, more) => ({ name, unix_users: [name.toLowerCase()], ...more });
  const config = (persons) => ({ server: { listen: "127.0.0.1:0" }, store: { url: `sqlite:${folder}/x.db` },
    webhook: { p: { provider: "papertrail", token_file: join(both.countersign.folder, "webhook.token") } },
    slack: { api_url: both.slack.apiUrl, bot_token_env: "COUNTERSIGN_TEST_BOT_TOKEN", signing_secret_env: "COUNTERSIGN_TEST_SIGNING_SECRET",
             security_channel: securityChannel, security_team: [securityMember] }, person: persons });
  const sync = async (persons, ...args) => {
    await writeFile(join(folder, "c.toml"), toml(config(persons)));
    return new Promise((resolve) => execFile(both.countersign.binary, ["people", "sync", "--config", join(folder, "c.toml"), ...args],
      { env: { ...process.env, ...both.countersign.env } }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr })));
  };
  const before = await sync([person("Carol", { email: "carol@example.com" }), person("Oswaldo", { slack_user: oswaldo })]);
  assert.equal(before.code, 0, before.stderr);
  assert.equal(before.stdout, 'slack_user = "U0NEW"  # Carol: Slack\'s carol, who has carol@example.com\n');
  const file = join(folder, "proposed.toml");
  assert.equal((await sync([person("Carol", { email: "carol@example.com" })], "--write", file)).code, 0);
  assert.equal(await readFile(file, "utf8"), before.stdout);
  assert.equal((await sync([person("Carol", { email: "carol@example.com" })], "--write", file)).code, 2);
  const bad = await sync([person("Dan", { slack_user: "U0OLD" }), person("Eve", { slack_user: "U0GUEST" }),
                          person("Bot", { slack_user: "U0ROBOT" }), person("Nil", { slack_user: "U0NIL" }),
                          person("Lost", { email: "lost@example.com" })]);
  assert.equal(bad.code, 1);
  for (const line of [/^Dan: their Slack account U0OLD is deactivated$/m, /^Eve: the Slack account U0GUEST is a guest's$/m,
                      /^Bot: the Slack account U0ROBOT is a bot's$/m, /^Nil: Slack knows no user U0NIL$/m,
                      /^Lost: nobody in Slack has the e-mail lost@example.com$/m])
    assert.match(bad.stderr, line);
  both.slack.scopes = ["chat:write"];
  const scopeless = await sync([person("Carol", { email: "carol@example.com" })]);
  assert.equal(scopeless.code, 2);
  assert.match(scopeless.stderr, /missing_scope/);
});
