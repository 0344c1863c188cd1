// The README's first command, as a stranger gives it: it ends with a page where the sample login is approved, Ctrl-C ends
// all it started within 10 s, and what it leaves git ignores. A screenshot goes to $COUNTERSIGN_SHOTS where that is set.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { launchBrowser } from "./lib/browser.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

test("deploy/quickstart ends with a page where the sample login is approved", { timeout: 1_500_000 }, async (context) => {
  const untracked = () => execFileSync("git", ["status", "--porcelain"], { cwd: repository, encoding: "utf8" });
  const before = untracked();
  const port = await freePort();
  // From another folder, in a process group of its own, so that SIGINT reaches it as Ctrl-C does.
  const child = spawn(join(repository, "deploy/quickstart"), ["--listen", `127.0.0.1:${port}`],
                      { cwd: tmpdir(), detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  context.after(() => child.exitCode === null && process.kill(-child.pid, "SIGKILL"));
  let said = "";
  const link = await new Promise((resolve, reject) => {
    const hear = (chunk) => {
      said += chunk;
      const found = /Oswaldo is asked.*?(http:\S+)/.exec(said);
      if (found && said.includes("Ctrl-C ends the service")) resolve(found[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => reject(new Error(`quickstart ended with ${code}\n${said.slice(-4000)}`)));
  });
  assert.match(said, /"events":1/);

  const browser = await launchBrowser();
  context.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 900, height: 620 } });
  await page.goto(link);
  await page.getByRole("button", { name: /^Open / }).click();
  await page.waitForURL("**/inbox");
  await page.getByText("logged in to bastion").first().waitFor();
  if (process.env.COUNTERSIGN_SHOTS) await page.screenshot({ path: join(process.env.COUNTERSIGN_SHOTS, "quickstart.png") });
  await page.getByRole("button", { name: "Yes, it was me" }).first().click();
  await page.getByText("approved").first().waitFor();

  const began = Date.now();
  process.kill(-child.pid, "SIGINT");
  await exited;
  assert.ok(Date.now() - began < 10_000, "Ctrl-C took longer than 10 s");
  await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  assert.equal(untracked(), before);
});
