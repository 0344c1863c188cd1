// The main job in a browser: a login comes through the real webhook, its person opens a one-time link and says yes.
// Screenshots go to $COUNTERSIGN_SHOTS, or to a folder that is removed.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launchBrowser } from "./lib/browser.mjs";
import { acceptedLine, Countersign, papertrailEvent } from "./lib/countersign.mjs";

const sizes = { narrow: { width: 360, height: 800 }, wide: { width: 1280, height: 900 } };
const schemes = ["light", "dark"];
let server, browser, shots;

before(async () => {
  shots = process.env.COUNTERSIGN_SHOTS ?? (await mkdtemp(join(tmpdir(), "countersign-shots-")));
  await mkdir(shots, { recursive: true });
  server = await Countersign.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  if (!process.env.COUNTERSIGN_SHOTS) await rm(shots, { recursive: true, force: true });
});

/** A fresh browser, that fails the test on anything the page complains about (its own CSP among them). */
async function visitor(options = {}) {
  const context = await browser.newContext({ viewport: sizes.wide, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  return page;
}

async function enter(page, whose) {
  await page.goto(await server.inboxLink(whose));
  await page.getByRole("button", { name: /^Open / }).click();
  await page.waitForURL("**/inbox");
}

/** The page as it is, in both schemes and sizes. */
async function shoot(page, name) {
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      const overflow = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      assert.equal(overflow, 0, `${name} is wider than a ${size} window`);
      await page.screenshot({ path: join(shots, `${name}-${size}-${scheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(sizes.wide);
}

async function login(options) {
  const { status, body } = await server.papertrail([papertrailEvent({ message: acceptedLine(options), ...options })]);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.events, 1);
  const [approval] = await server.approvals({ limit: 1 });
  return approval.id;
}

test("a login from the webhook is approved in the browser by its person", async () => {
  const id = await login({ user: "oswaldo", port: 40001 });
  const page = await visitor();
  await page.goto(server.url);
  await shoot(page, "start");
  await page.goto(await server.inboxLink({ person: "Oswaldo" }));
  await shoot(page, "enter");
  await page.getByRole("button", { name: "Open Oswaldo's inbox" }).click();
  await page.waitForURL("**/inbox");

  await page.getByRole("heading", { name: "Was this you?" }).waitFor();
  const card = page.getByRole("article");
  await assert.doesNotReject(card.getByText("logged in to bastion").waitFor());
  for (const text of ["oswaldo", "203.0.113.7 port 40001", "Public key, ED25519",
                      "SHA256:abcdEFGHijklMNOPqrstUVWXyz0123456789ABCDEFG"])
    assert.ok((await card.innerText()).includes(text), text);
  await shoot(page, "person");
  await card.getByLabel("Reason").fill("deploying");
  await card.getByRole("button", { name: "Yes, it was me" }).click();
  await page.getByRole("status").waitFor();
  assert.match(await page.getByRole("status").innerText(), /approved/);
  await shoot(page, "person-done");

  const { body } = await server.api(`/api/v1/approvals/${id}`, { role: "viewer" });
  assert.equal(body.state, "approved");
  assert.deepEqual(body.decisions.map(({ by, decision, via, reason }) => ({ by, decision, via, reason })),
                   [{ by: "Oswaldo", decision: "approve", via: "inbox", reason: "deploying" }]);
  assert.deepEqual(page.complaints, []);
});

test("a second click is told who decided already", async () => {
  const id = await login({ user: "alice", port: 40002, address: "198.51.100.2" });
  const page = await visitor();
  await enter(page, { person: "Alice" });
  await server.api(`/api/v1/approvals/${id}/decision`,
                   { role: "security", body: { decision: "deny", reason: "no leave" } });
  await page.getByRole("button", { name: "Yes, it was me" }).click();
  await page.waitForURL(/problem=decided|\/inbox\/approvals\//);
  const text = await page.locator("main").innerText();
  assert.match(text, /decided already/);
  assert.match(text, /Denied by security-token/);
  await shoot(page, "second-click");
  assert.deepEqual(page.complaints, []);
});

test("a one-time link opens once", async () => {
  const link = await server.inboxLink({ person: "Oswaldo" });
  const first = await visitor();
  await first.goto(link);
  await first.getByRole("button", { name: /^Open / }).click();
  await first.waitForURL("**/inbox");
  const second = await visitor();
  const reply = await second.goto(link);
  assert.equal(reply.status(), 410);
  assert.match(await second.locator("h1").innerText(), /used/);
  await shoot(second, "used-link");
});

test("the security team sees everything, hostile names too, and decides part of a burst", async () => {
  const hostile = '<img src=x onerror=alert(1)>\u202Eevil';
  await login({ user: "mallory", port: 40003, host: "web1" });
  const posted = await server.api("/api/v1/events",
                                  { role: "ingest", body: { variables: { type: "ssh_login", user: hostile } } });
  assert.equal(posted.status, 201);
  const burst = await login({ user: "oswaldo", port: 41000, address: "192.0.2.9" });
  for (let port = 41001; port < 41006; ++port) await login({ user: "oswaldo", port, address: "192.0.2.9" });

  const page = await visitor();
  await page.goto(server.url);
  await page.getByLabel("API token").fill(server.tokens.security);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/inbox");
  assert.equal(await page.locator("main img").count(), 0);
  assert.ok((await page.locator("main").innerText()).includes("<img src=x onerror=alert(1)>\uFFFDevil"));
  await shoot(page, "security");

  await page.getByLabel("Person").selectOption("Oswaldo");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/person=Oswaldo/);
  assert.equal(await page.getByRole("article").count(), 1);
  const card = page.getByRole("article");
  const boxes = card.getByRole("checkbox");
  assert.equal(await boxes.count(), 6);
  await shoot(page, "burst");
  await boxes.first().uncheck();
  await card.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByRole("status").waitFor();
  const { body } = await server.api(`/api/v1/approvals/${burst}`, { role: "viewer" });
  assert.deepEqual(body.events.map((event) => event["approval.state"]),
                   ["pending", ...Array(5).fill("approved")]);

  await page.goto(`${server.url}/inbox/approvals/${burst}`);
  await shoot(page, "timeline");
  await page.getByRole("button", { name: "Deny" }).click();
  await page.waitForURL(/done=denied|\/inbox$/);
  await page.goto(`${server.url}/inbox/approvals/${burst}`);
  await page.getByLabel("Reason").fill("it was the deployment");
  await page.getByRole("button", { name: "Revise" }).click();
  await page.getByRole("status").waitFor();
  assert.match(await page.getByRole("status").innerText(), /revised/);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API token").waitFor();
  await page.goto(`${server.url}/inbox`);
  assert.equal(new URL(page.url()).pathname, "/");
  assert.deepEqual(page.complaints, []);
});

test("the keyboard is enough, and every field has its label", async () => {
  await login({ user: "alice", port: 40100, address: "198.51.100.77" });
  const page = await visitor();
  await enter(page, { person: "Alice" });
  const unlabelled = await page.evaluate(() =>
    [...document.querySelectorAll("input:not([type=hidden]), select")]
      .filter((field) => field.labels.length === 0).length);
  assert.equal(unlabelled, 0);
  const reached = [];
  for (let i = 0; i < 40 && !reached.includes("No, deny it"); ++i) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.innerText ?? ""));
  }
  assert.ok(reached.includes("Yes, it was me") && reached.includes("No, deny it"), reached.join(" | "));
  await page.keyboard.press("Enter");
  await page.getByRole("status").waitFor();
  assert.match(await page.getByRole("status").innerText(), /Denied/);
});
