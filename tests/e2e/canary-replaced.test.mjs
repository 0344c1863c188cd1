// countersign canary waits for the run it began, and for no longer than anybody can see it: a server shows the newest of
// each host alone, so where another run took its place that is said. The server is a stand-in that replays what one says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const steps = [{ step: "login", state: "carried", took_s: 0.5, words: null }];
let folder, server, runs;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-replaced-"));
  await writeFile(join(folder, "token"), "s3cret", { mode: 0o600 });
  server = createServer((request, response) => {
    const began = request.method === "POST" && request.url.match(/^\/api\/v1\/canaries\/([a-z]+)\/run$/);
    response.writeHead(began ? 202 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(began ? { id: `ours-${began[1]}`, host: began[1] } : { canaries: runs }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function canary(...more) {
  const ended = await run(process.env.COUNTERSIGN, ["canary", "--server", `http://127.0.0.1:${server.address().port}`,
                                   "--token-file", join(folder, "token"), ...more], { timeout: 10_000 }).catch((error) => error);
  assert.ok(!ended.killed, "it waits for ever");
  return { code: ended.code ?? 0, text: ended.stdout };
}

test("the run of another took its place", async () => {
  runs = [{ id: "theirs", host: "bastion", carried: null, steps }];
  const { code, text } = await canary("--host", "bastion");
  assert.equal(code, 1);
  assert.match(text, /^bastion: a newer canary \(theirs\) took the place of this one before its end was seen; --last shows it$/m);
});

test("of two hosts the other is told as ever", async () => {
  runs = [{ id: "theirs", host: "bastion", carried: true, steps }, { id: "ours-web", host: "web", carried: true, steps }];
  const { code, text } = await canary("--host", "bastion", "--host", "web", "--format", "json");
  assert.equal(code, 1);
  const told = Object.fromEntries(text.trim().split("\n").map((line) => JSON.parse(line)).map((one) => [one.host, one]));
  assert.equal(told.bastion.replaced_by, "theirs");
  assert.equal(told.bastion.id, "ours-bastion");
  assert.equal(told.web.carried, true);
});
