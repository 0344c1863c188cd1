// The other route, with the real program: mails to a real SMTP server's library and signed webhooks, while Slack works,
// fails, and comes back. Slack's side is the fake.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { Mailbox } from "../fakes/pagers/mailbox.mjs";
import { Receiver } from "../fakes/pagers/receiver.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";
import { actionsOf, assertNothingBroken, messagesOf, oswaldo, securityChannel, startBoth, wordsOf } from "./lib/slack.mjs";

const secret = "webhook-secret";
const env = { COUNTERSIGN_TEST_HOOK: secret, COUNTERSIGN_TEST_MAIL: "mail-password" };
const mailPager = (box, more = {}) => ({ kind: "email", server: `smtp://127.0.0.1:${box.port}`, from: "countersign@example.com",
                                         to: ["security@example.com"], ...more });
const hookPager = (receiver) => ({ kind: "webhook", url: receiver.url, secret_env: "COUNTERSIGN_TEST_HOOK" });
const login = (line = {}, event = {}) => papertrailEvent({ message: acceptedLine(line), ...event });

Object.assign(process.env, env);  // for the servers that startBoth() starts

async function post(countersign, ...events) {
  const { status, body } = await countersign.papertrail(events);
  assert.equal(status, 200, JSON.stringify(body));
}

/** Once there are `count` of them; fails at once where there are more. */
async function eventually(countersign, list, count, what) {
  await countersign.until(() => list().length >= count, { what: `${count} ${what} (there are ${list().length})` });
  assert.equal(list().length, count, what);
  return list();
}

describe("Slack down for longer than page_after_outage", () => {
  let both, box, receiver;
  before(async () => {
    box = await Mailbox.start();
    receiver = await Receiver.start({ secret });
    both = await startBoth({ config: { notify: { page_after_outage: "2s" }, pager: [mailPager(box), hookPager(receiver)] } });
  });
  after(async () => {
    await both?.stop();
    await box?.stop();
    await receiver?.stop();
  });
  const hooks = (state) => receiver.pages.filter((page) => page.kind === "outage" && page.state === state);
  const mails = (subject) => box.mails.filter((mail) => mail.headers.subject === `[Countersign] ${subject}`);
  const different = (told) => new Set(told.map((one) => one.id ?? one.headers["message-id"])).size;
  const down = () => both.slack.fault({ times: Infinity, answer: { kind: "status", status: 500 } });
  const up = () => both.slack.faults.splice(0);

  test("each pager is told once, whatever is posted and however it is ended", async () => {
    down();
    await post(both.countersign, login({ port: 1 }));
    const [hook] = await eventually(both.countersign, () => hooks("begun"), 1, "outage webhooks");
    const [mail] = await eventually(both.countersign, () => mails("Messages are not delivered"), 1, "outage mails");
    for (const text of [hook.text, mail.body]) {
      assert.match(text, /^Slack takes no messages: 1 waits, the oldest since 20\d\d-/);
      assert.match(text, /500/);
    }
    assert.equal(mail.headers["message-id"], `<${(await receivedId(mail))}@example.com>`);
    await both.countersign.restart("SIGKILL");
    for (let port = 2; port <= 5; ++port) await post(both.countersign, login({ port }));
    await both.countersign.restart("SIGKILL");
    await sleep(3500);  // longer than page_after_outage and several looks: time enough to be told again, wrongly
    // A kill before the pager's answer was written down brings the same one again, under its id; no other.
    assert.equal(different(hooks("begun")), 1);
    assert.equal(different(mails("Messages are not delivered")), 1);
    assert.equal(hooks("over").length, 0);
    assert.equal(receiver.forged.length, 0);
  });

  test("back: every message goes out, in order, and each pager hears once that it is over", async () => {
    up();
    // Some share a message, each with its buttons.
    const ports = () => both.slack.messages(oswaldo).flatMap((message) => [...wordsOf(message).matchAll(/port (\d+)/g)].map((m) => m[1]));
    const approves = () => both.slack.messages(oswaldo).flatMap(actionsOf).filter((action) => action === "approve").length;
    await both.slack.until(() => ports().length >= 5, { what: `five logins (there are ${ports()})` });
    assert.deepEqual(ports(), ["1", "2", "3", "4", "5"]);
    assert.equal(approves(), 5);
    const messages = both.slack.messages(oswaldo).length;
    await eventually(both.countersign, () => hooks("over"), 1, "webhooks that it is over");
    await eventually(both.countersign, () => mails("Messages are delivered again"), 1, "mails that it is over");
    await both.countersign.restart("SIGKILL");
    await sleep(1500);
    for (const told of [hooks("over"), hooks("begun"), mails("Messages are delivered again")]) assert.equal(different(told), 1);
    assert.equal(both.slack.messages(oswaldo).length, messages);
    assertNothingBroken(both.slack);
  });

  const receivedId = async (mail) => /^<([0-9a-hjkmnp-tv-z]{13})@/.exec(mail.headers["message-id"])[1];
});

test("an undecided approval is paged, a denial at once; the channel has the denial and no page", async (t) => {
  const box = await Mailbox.start();
  const receiver = await Receiver.start({ secret });
  const both = await startBoth({ config: { notify: { page_after: "1500ms" }, inbox: { enabled: true },
                                           pager: [mailPager(box), hookPager(receiver)] } });
  t.after(() => Promise.all([both.stop(), box.stop(), receiver.stop()]));
  await post(both.countersign, login({ port: 7 }));
  const [page] = await eventually(both.countersign, () => receiver.pages, 1, "pages");
  const [mail] = await eventually(both.countersign, () => box.mails, 1, "mails");
  const [approval] = await both.countersign.approvals();
  assert.equal(page.kind, "page");
  assert.equal(page.approval.id, approval.id);
  assert.equal(page.approval.link, `${both.countersign.url}/inbox/approvals/${approval.id}`);
  assert.equal(page.approval.events[0]["source.port"], 7);
  assert.equal(mail.headers.subject, "[Countersign] Undecided: SSH login as oswaldo on bastion");
  assert.ok(mail.body.includes(page.approval.link), mail.body);
  assert.deepEqual(mail.to, ["security@example.com"]);

  const [asked] = await messagesOf(both.slack, oswaldo, 1);
  await both.click(asked, oswaldo, "deny");
  const [, denial] = await eventually(both.countersign, () => receiver.pages, 2, "pages and denials");
  const [, denied] = await eventually(both.countersign, () => box.mails, 2, "mails");
  assert.equal(denial.kind, "denial");
  assert.match(denial.approval.decisions[0], /^Denied by Oswaldo, /);
  assert.match(denied.headers.subject, /Denied: SSH login as oswaldo/);
  assert.equal(denied.headers.references, mail.headers.references);
  const inChannel = await messagesOf(both.slack, securityChannel, 1);
  assert.match(JSON.stringify(inChannel[0].blocks), /Alarm: this login was denied/);
  assert.equal(receiver.forged.length, 0);
});

test("what a pager answers: tried again with the same id, a refusal slowly and in the channel as well", async (t) => {
  const box = await Mailbox.start();
  const receiver = await Receiver.start({ secret });
  const both = await startBoth({ config: { notify: { page_after: "0s" }, pager: [mailPager(box), hookPager(receiver)] } });
  t.after(() => Promise.all([both.stop(), box.stop(), receiver.stop()]));
  box.loseAnswers = 1;
  receiver.answers = [{ status: 500 }, "reset", { status: 429, headers: { "retry-after": "1" } }, { status: 204 }];
  await post(both.countersign, login());
  const pages = await eventually(both.countersign, () => receiver.pages, 4, "attempts");
  assert.equal(new Set(pages.map((page) => page.id)).size, 1);
  const copies = await eventually(both.countersign, () => box.mails, 2, "copies of the mail");
  assert.equal(copies[0].text, copies[1].text);
  const [page] = await messagesOf(both.slack, securityChannel, 1);
  assert.match(JSON.stringify(page.blocks), /Undecided for too long/);
  const notifications = await both.countersign.until(async () => {
    const [approval] = await both.countersign.approvals();
    const pagers = approval.notifications.filter(({ to }) => to.startsWith("pager:"));
    return pagers.every(({ state }) => state === "sent") && pagers;
  }, { what: "both sent" });
  assert.deepEqual(notifications.map(({ to }) => to).sort(), ["pager:email", "pager:webhook"]);
});

describe("mail by TLS", () => {
  let folder, tls;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-mail-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                                          "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert]);
    tls = { file: cert, key: await readFile(key), cert: await readFile(cert) };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A service with the inbox whose approvals are paged at once, one of them posted. */
  async function paging(t, pager) {
    const countersign = await Countersign.start({ env, config: { notify: { page_after: "0s" }, pager: [pager] } });
    t.after(() => countersign.stop());
    await post(countersign, login());
    return countersign;
  }
  /** The mail pager's notification, once an attempt has failed. */
  const failed = (countersign) => countersign.until(async () => {
    const [approval] = await countersign.approvals();
    return approval?.notifications.find(({ to, attempts }) => to === "pager:email" && attempts > 0);
  }, { what: "a failed attempt" });
  const loginAs = { user: "countersign", password: "mail-password" };
  const credentials = { user: "countersign", password_env: "COUNTERSIGN_TEST_MAIL" };

  for (const implicit of [false, true])
    test(`${implicit ? "smtps" : "STARTTLS"} with a login, the server's certificate verified`, async (t) => {
      const box = await Mailbox.start({ tls, implicit, login: loginAs });
      t.after(() => box.stop());
      const server = `${implicit ? "smtps" : "smtp"}://127.0.0.1:${box.port}`;
      const countersign = await paging(t, mailPager(box, { server, ca_file: tls.file, ...credentials }));
      const [mail] = await eventually(countersign, () => box.mails, 1, "mails");
      assert.equal(mail.secure, true);
      assert.equal(mail.user, "countersign");
    });

  test("a server whose certificate nobody vouches for gets no login and no mail", async (t) => {
    const box = await Mailbox.start({ tls, implicit: true, login: loginAs });
    t.after(() => box.stop());
    const countersign = await paging(t, mailPager(box, { server: `smtps://127.0.0.1:${box.port}`, ...credentials }));
    const { error } = await failed(countersign);
    assert.match(error, /certificate/i);
    assert.equal(box.mails.length, 0);
  });

  test("a server without STARTTLS gets no login and no mail", async (t) => {
    const box = await Mailbox.start({ login: loginAs });
    t.after(() => box.stop());
    const countersign = await paging(t, mailPager(box, { ca_file: tls.file, ...credentials }));
    const { error } = await failed(countersign);
    assert.match(error, /STARTTLS/i);
    assert.equal(box.mails.length, 0);
  });

  test("a bad login and a recipient nobody has are said, without the password; another recipient is mailed", async (t) => {
    const strict = await Mailbox.start({ tls, login: { ...loginAs, password: "another" } });
    const refusing = await Mailbox.start({ refuse: ["gone@example.com"] });
    t.after(() => Promise.all([strict.stop(), refusing.stop()]));
    const wrong = await paging(t, mailPager(strict, { ca_file: tls.file, ...credentials }));
    const { error } = await failed(wrong);
    assert.match(error, /login denied/i);
    assert.ok(!error.includes("mail-password") && !wrong.log.includes("mail-password"));
    const nobody = await paging(t, mailPager(refusing, { to: ["gone@example.com"] }));
    assert.match((await failed(nobody)).error, /550/);
    const somebody = await paging(t, mailPager(refusing, { to: ["gone@example.com", "security@example.com"] }));
    const [mail] = await eventually(somebody, () => refusing.mails, 1, "mails");
    assert.deepEqual(mail.to, ["security@example.com"]);
  });

  test("a mail server that says nothing doesn't hold up the end", async (t) => {
    const { createServer } = await import("node:net");
    const silent = await new Promise((resolve) => {
      const server = createServer(() => {}).listen(0, "127.0.0.1", () => resolve(server));
    });
    const countersign = await paging(t, mailPager({ port: silent.address().port }));
    t.after(() => silent.close());
    await new Promise((resolve) => silent.getConnections((_error, count) => (count > 0 ? resolve() : silent.once("connection", resolve))));
    const begin = Date.now();
    assert.deepEqual(await countersign.end(), { code: 0, signal: null });
    assert.ok(Date.now() - begin < 9_000, `took ${Date.now() - begin} ms`);
  });
});

test("the dead-man's address is pinged from the start", async (t) => {
  const receiver = await Receiver.start({ secret });
  t.after(() => receiver.stop());
  const countersign = await Countersign.start({ config: { notify: { heartbeat_url: receiver.url.replace("/hook", "/ping/abc") } } });
  t.after(() => countersign.stop());
  await countersign.until(() => receiver.pings.length > 0, { what: "a ping" });
  assert.equal(receiver.pings[0].path, "/ping/abc");
  assert.ok(!countersign.log.includes("/ping/abc"));
});
