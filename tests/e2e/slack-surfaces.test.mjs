// What Slack's people see and touch beside messages: threads, reasons, taking, App Home, the slash command. The real
// program, and the fake that Slack's own clients hold to account.
import assert from "node:assert/strict";
import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { acceptedLine, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, alice, assertNothingBroken, messagesOf, oswaldo, securityChannel, securityMember, startBoth,
         stranger, wordsOf } from "./lib/slack.mjs";
import { buttonIn } from "../fakes/slack/clicks.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const login = (line = {}, event = {}) => papertrailEvent({ message: acceptedLine(line), ...event });

async function post(both, ...events) {
  const { status, body } = await both.countersign.papertrail(events);
  assert.equal(status, 200, JSON.stringify(body));
}

const only = async (both, condition = () => true) => both.countersign.until(async () => {
  const all = await both.countersign.approvals();
  return all.length === 1 && condition(all[0]) ? all[0] : undefined;
}, { what: "the approval" });

const at = (both, path) => `${both.countersign.url}/slack/${path}`;
const whisperTo = (both, user, had) =>
  both.slack.until(() => both.slack.world.ephemerals.slice(had).find((one) => one.user === user), { what: `a whisper to ${user}` });

test("a channel shows one line an incident: repeats and the denial are in the first message's thread", async (t) => {
  const both = await startBoth({ config: { notify: { escalate_after: "1s", repeat_every: "1s" } } });
  t.after(() => both.stop());
  await post(both, login());
  const channel = () => both.slack.messages(securityChannel);
  await both.slack.until(() => channel().length >= 3, { what: "an escalation and two repeats" });
  const [first, ...later] = channel();
  assert.equal(first.thread_ts, undefined);
  assert.ok(later.every((message) => message.thread_ts === first.ts && !message.reply_broadcast));
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  await both.click(asked, oswaldo, "deny");
  const alarm = await both.slack.until(() => channel().find((message) => /Alarm/.test(wordsOf(message)) && message.thread_ts),
                                       { what: "the alarm" });
  assert.equal(alarm.thread_ts, first.ts);
  assert.equal(alarm.reply_broadcast, true);
  assertNothingBroken(both.slack);
});

test("a repeat whose answer is lost is found in its thread and not posted twice", async (t) => {
  const both = await startBoth({ config: { notify: { escalate_after: "1s", repeat_every: "2s" } } });
  t.after(() => both.stop());
  await post(both, login());
  const channel = () => both.slack.messages(securityChannel);
  await both.slack.until(() => channel().length === 1);
  both.slack.fault({ method: "chat.postMessage", acts: true, answer: { kind: "reset" } });
  await both.slack.until(() => both.slack.calls.some((call) => call.method === "conversations.replies"));
  await both.click(channel()[0], securityMember, "approve");
  await only(both, (one) => one.state === "approved" && one.notifications.every((n) => n.state !== "pending"));
  const ids = channel().map((message) => message.metadata.event_payload.notification);
  assert.equal(new Set(ids).size, ids.length);
  assertNothingBroken(both.slack);
});

describe("a reason", () => {
  test("for a denial: it stands at once, the form only adds to it", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    await post(both, login());
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    await both.click(asked, oswaldo, "deny");
    assert.equal((await only(both)).state, "denied");
    const url = at(both, "interactivity");
    const modal = await both.slack.until(() => both.slack.world.modal(oswaldo));
    assert.ok(!JSON.stringify(modal.view).includes(asked.ts));
    const empty = await both.slack.submit({ url, user: oswaldo, values: { reason: "  " } });
    assert.deepEqual(empty.errors, { reason: "A reason needs words." });
    const hostile = "asleep <!channel> `x` <https://evil.example|bank>";
    const sent = await both.slack.submit({ url, user: oswaldo, values: { reason: hostile } });
    assert.equal(sent.body, "");
    const { decisions } = await only(both, (one) => one.decisions[0].notes.length === 1);
    assert.equal(decisions.length, 1);
    assert.equal(decisions[0].reason, "");
    assert.equal(decisions[0].notes[0].text, hostile);
    assert.equal(decisions[0].notes[0].by, "Oswaldo");
    await both.slack.until(() => [asked, ...both.slack.messages(securityChannel)].every((m) => wordsOf(m).includes("Added: `asleep")),
                           { what: "the reason in every message" });
    assert.ok(!/<(?!!date\^)/.test(wordsOf(asked)), wordsOf(asked));
    assertNothingBroken(both.slack);
  });

  test("is nobody's but the decider's and the team's to add; a form that can't open loses no denial", async (t) => {
    const both = await startBoth();
    t.after(() => both.stop());
    await post(both, login());
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    both.slack.fault({ method: "views.open", answer: { kind: "status", status: 200, body: { ok: false, error: "expired_trigger_id" } } });
    await both.click(asked, oswaldo, "deny");
    const ephemeral = await whisperTo(both, oswaldo, 0);
    assert.deepEqual(actionsOf(ephemeral), ["reason"]);
    const url = at(both, "interactivity");
    await both.slack.clickEphemeral({ url, ephemeral, action_id: "reason" });
    await both.slack.until(() => both.slack.world.modal(oswaldo));
    const forged = await both.slack.submit({ url, user: oswaldo, values: { reason: "forged" },
                                             forge: { payload: (payload) => { payload.user.id = alice; } } });
    assert.match(forged.errors.reason, /^Only who decided this/);
    both.slack.fault({ method: "views.open", answer: { kind: "status", status: 200, body: { ok: false, error: "expired_trigger_id" } } });
    const had = both.slack.world.ephemerals.length;
    await both.slack.clickEphemeral({ url, ephemeral, action_id: "reason" });
    assert.match((await whisperTo(both, oswaldo, had)).text, /could not be opened/);
    assert.equal((await only(both)).state, "denied");
    assert.deepEqual((await only(both)).decisions[0].notes, []);
  });

  test("for an approval, where the rule demands one: the form decides", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "countersign-rules-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const rules = (await readFile(join(repository, "rules/sshd.toml"), "utf8")).replaceAll(/^\[\[rule\]\]$/gm, "[[rule]]\nreason = true");
    await writeFile(join(folder, "sshd.toml"), rules);
    const both = await startBoth({ config: { rules: { directories: [folder] } } });
    t.after(() => both.stop());
    await post(both, login());
    const [asked] = await messagesOf(both.slack, oswaldo, 1);
    assert.match(wordsOf(asked), /An approval needs a reason/);
    await both.click(asked, oswaldo, "approve");
    await both.slack.until(() => both.slack.world.modal(oswaldo));
    assert.equal((await only(both)).state, "pending");
    await both.slack.submit({ url: at(both, "interactivity"), user: oswaldo, values: { reason: "release 7" } });
    const decided = await only(both, (one) => one.state === "approved");
    assert.equal(decided.decisions[0].reason, "release 7");
    await both.slack.until(() => /\*Approved\*.*`release 7`/.test(wordsOf(asked)));
    assertNothingBroken(both.slack);
  });
});

test("take it: shown, repeats stop, it stays pending; nobody but the team", async (t) => {
  const both = await startBoth({ config: { notify: { repeat_every: "1s", take_for: "1h" } } });
  t.after(() => both.stop());
  await post(both, login({ user: "mallory", key: "ED25519 SHA256:unknown" }));
  const [told] = await messagesOf(both.slack, securityChannel, 1);
  await both.click(told, stranger, "take");
  assert.match((await whisperTo(both, stranger, 0)).text, /Only the security team/);
  await both.click(told, securityMember, "take");
  await both.slack.until(() => /Taken by <@U0SEC1>: not repeated until/.test(wordsOf(told)));
  assert.ok(actionsOf(told).includes("approve"));
  const taken = await only(both);
  assert.equal(taken.state, "pending");
  assert.equal(taken.taken_by, "U0SEC1");
  assert.ok(Date.parse(taken.taken_until) > Date.now() + 50 * 60_000);
  const count = both.slack.messages(securityChannel).length;
  await new Promise((resolve) => setTimeout(resolve, 2500));  // that something does not happen can only be waited for
  assert.equal(both.slack.messages(securityChannel).length, count);
  const again = await both.countersign.api(`/api/v1/approvals/${taken.id}/take`, { role: "security", method: "POST" });
  assert.equal(again.status, 200);
  assert.equal(again.body.taken_by, "security-token");
  assert.equal((await both.countersign.api(`/api/v1/approvals/${taken.id}/take`, { role: "viewer", method: "POST" })).status, 403);
  await both.click(told, securityMember, "approve");
  await only(both, (one) => one.state === "approved");
  const late = await both.countersign.api(`/api/v1/approvals/${taken.id}/take`, { role: "security", method: "POST" });
  assert.equal(late.status, 409);
  assert.equal(late.body.decision.decision, "approve");
  assertNothingBroken(both.slack);
});

describe("App Home", () => {
  let both;
  before(async () => (both = await startBoth()));
  after(() => both.stop());
  const homeOf = (user) => both.slack.world.homes.get(user);
  const says = (user, pattern) => both.slack.until(() => homeOf(user) && pattern.test(wordsOf(homeOf(user))),
                                                   { what: `${pattern} on the home of ${user}` });

  test("shows what waits, with buttons that work, and is published again after each change", async () => {
    await post(both, login({ port: 1 }), login({ port: 2, user: "mallory", key: "ED25519 SHA256:unknown" }));
    await messagesOf(both.slack, oswaldo, 1);
    await messagesOf(both.slack, securityChannel, 1);
    for (const user of [oswaldo, securityMember, stranger])
      assert.equal((await both.slack.opened(at(both, "events"), user)).status, 200);
    await says(oswaldo, /Waiting for you[\s\S]*port 1/);
    assert.ok(!/mallory/.test(wordsOf(homeOf(oswaldo))));
    assert.deepEqual(actionsOf(homeOf(oswaldo)), ["approve", "deny", "wrong_person", "approve_for"]);
    await says(securityMember, /Nothing waits for you[\s\S]*All that waits, oldest first[\s\S]*port 1[\s\S]*mallory/);
    await says(stranger, /not among the people/);
    const approve = (user) => buttonIn(homeOf(user).blocks, "approve").value;
    const values = [approve(oswaldo), approve(securityMember)];
    await post(both, login({ port: 9, user: "mallory", key: "ED25519 SHA256:unknown" }));
    await says(securityMember, /port 9/);
    assert.deepEqual([approve(oswaldo), approve(securityMember)], values, "a button is made once, however often it is shown");
    const other = (await both.countersign.approvals()).find((one) => one.events[0]["source.port"] === 9);
    await both.countersign.api(`/api/v1/approvals/${other.id}/decision`, { role: "security", method: "POST", body: { decision: "approve", reason: "seen" } });
    await says(securityMember, /^(?![\s\S]*port 9)/);

    await both.slack.clickHome({ url: at(both, "interactivity"), user: oswaldo, action_id: "approve" });
    await says(oswaldo, /Nothing waits for you/);
    await says(securityMember, /^(?![\s\S]*port 1)[\s\S]*mallory/);
    await both.slack.clickHome({ url: at(both, "interactivity"), user: securityMember, action_id: "take" });
    await says(securityMember, /Taken by <@U0SEC1>/);
    await both.slack.clickHome({ url: at(both, "interactivity"), user: securityMember, action_id: "deny" });
    await says(securityMember, /Nothing waits for anybody/);
    await both.slack.until(() => both.slack.world.modal(securityMember), { what: "the form for a reason" });
    assertNothingBroken(both.slack);
  });

  test("a button that came too late says who decided", async () => {
    await post(both, login({ port: 3 }));
    const asked = (await messagesOf(both.slack, oswaldo, 2)).at(-1);
    await says(oswaldo, /port 3/);
    const view = homeOf(oswaldo);
    await both.click(asked, oswaldo, "approve");
    await both.slack.clickHome({ url: at(both, "interactivity"), user: oswaldo, action_id: "deny", view });
    const modal = await both.slack.until(() => both.slack.world.modal(oswaldo));
    assert.match(modal.view.blocks[0].text.text, /^Approved by Oswaldo/);
    assertNothingBroken(both.slack);
  });

  test("events: the challenge, forgeries, repeats, nonsense", async () => {
    const url = at(both, "events");
    const challenge = await both.slack.event({ url, body: { type: "url_verification", challenge: "3eZbrw1aB", token: "x" } });
    assert.deepEqual(JSON.parse(challenge.body), { challenge: "3eZbrw1aB" });
    assert.equal((await both.slack.event({ url, body: { type: "url_verification" }, forge: { secret: "other" } })).status, 401);
    assert.equal((await both.slack.event({ url, body: {}, forge: { timestamp: 1 } })).status, 401);
    const published = () => both.slack.world.homeCount.get(alice) ?? 0;
    const event = { type: "app_home_opened", user: alice, tab: "home" };
    await both.slack.event({ url, event, id: "Ev1" });
    await both.slack.until(() => published() === 1);
    await both.slack.event({ url, event, id: "Ev1", retry: 1 });
    await both.slack.event({ url, event: { type: "message", text: "<!channel>" } });
    await both.slack.event({ url, event: { type: "app_home_opened", user: { id: 7 } } });
    await both.slack.event({ url, event, id: "Ev2" });
    await both.slack.until(() => published() >= 2);
    assert.equal(published(), 2, "the repeated event published nothing");
    assertNothingBroken(both.slack);
  });
});

describe("the slash command", () => {
  let both;
  before(async () => (both = await startBoth()));
  after(() => both.stop());
  const ask = async (user, text) => {
    const answer = await both.slack.command({ url: at(both, "commands"), user, text });
    assert.equal(answer.said.response_type, "ephemeral");
    return wordsOf(answer.said);
  };

  test("pending, find, help, and the nearest of what there is", async () => {
    await post(both, login({ port: 1 }), login({ port: 2, user: "<!channel>", key: "ED25519 SHA256:unknown" }, { host: "`<@U1>`" }));
    await messagesOf(both.slack, oswaldo, 1);
    assert.match(await ask(oswaldo, "pending"), /Waiting for you[\s\S]*port 1/);
    const all = await ask(securityMember, " PENDING ");
    assert.match(all, /All that waits, oldest first[\s\S]*&lt;!channel&gt;/);
    assert.match(await ask(stranger, "pending"), /not among the people/);
    const found = await ask(securityMember, "find user.name=oswaldo AND NOT host.name=web*");
    assert.match(found, /`oswaldo` on `bastion`/);
    assert.ok(!/channel/.test(found));
    const hostile = await ask(securityMember, "find source.port=2");
    for (const words of [all, hostile]) assert.ok(!/<(?!!date\^)/.test(words), words);
    assert.match(await ask(securityMember, "find user.name=\u201Coswaldo\u201D"), /`oswaldo`/);
    assert.match(await ask(securityMember, "find user.name=nobody"), /Nothing found/);
    assert.match(await ask(securityMember, "find user.name="), /no query: position/);
    assert.match(await ask(oswaldo, "find user.name=alice"), /Only the security team/);
    assert.match(await ask(stranger, "expect"), /not among the people/);
    assert.match(await ask(oswaldo, ""), /find QUERY/);
    assert.match(await ask(oswaldo, "pendign"), /did you mean "pending"/);
    const odd = await ask(oswaldo, "<!channel>`x`");
    assert.ok(!odd.includes("<!channel>"), odd);
    assertNothingBroken(both.slack);
  });

  test("forged, old, nameless", async () => {
    const url = at(both, "commands");
    assert.equal((await both.slack.command({ url, user: oswaldo, forge: { secret: "other" } })).status, 401);
    assert.equal((await both.slack.command({ url, user: oswaldo, forge: { timestamp: 1 } })).status, 401);
    assert.equal((await both.slack.command({ url, user: oswaldo, forge: { body: "a=b" } })).status, 400);
  });
});

test("by Socket Mode the same: commands answered, forms kept open, App Home published; HTTP answers 404", async (t) => {
  const both = await startBoth({ socketMode: true });
  t.after(() => both.stop());
  const { sockets, world } = both.slack;
  await post(both, login());
  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  const command = await sockets.deliver("slash_commands", { command: "/countersign", text: "pending", user_id: oswaldo });
  assert.match(wordsOf(command.said), /Waiting for you/);
  assert.equal(command.said.response_type, "ephemeral");
  await sockets.deliver("events_api", { type: "event_callback", event_id: "Ev1", event: { type: "app_home_opened", user: oswaldo, tab: "home" } });
  await both.slack.until(() => world.homes.get(oswaldo) && /Waiting for you/.test(wordsOf(world.homes.get(oswaldo))));
  await both.click(asked, oswaldo, "deny");
  const { view } = await both.slack.until(() => world.modal(oswaldo), { what: "the form for a reason" });
  assert.deepEqual(world.ephemerals, []);
  const value = view.private_metadata;
  const submit = (text) => sockets.deliver("interactive", { type: "view_submission", user: { id: oswaldo }, view: {
    callback_id: "add_reason", private_metadata: value, state: { values: { reason: { text: { type: "plain_text_input", value: text } } } } } });
  assert.deepEqual((await submit(" ")).said, { response_action: "errors", errors: { reason: "A reason needs words." } });
  assert.equal((await submit("asleep")).said, undefined);
  await only(both, (one) => one.decisions[0].notes[0]?.text === "asleep");
  for (const path of ["interactivity", "commands", "events"])
    assert.equal((await both.slack.event({ url: at(both, path), body: {}, forge: { timestamp: Math.floor(Date.now() / 1000) } })).status, 404);
  assertNothingBroken(both.slack);
});
