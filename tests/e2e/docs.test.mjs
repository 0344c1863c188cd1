// Every command that a page of deploy/ shows is run, in order, in an empty folder, as its reader would.
//   ```toml NAME        is written to the file NAME
//   ```sh               is run by bash and must succeed
//   ```sh background    is started, and ready when it prints "listening on"
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** The fenced blocks of a page that bear one of the marks above. */
export function blocks(markdown) {
  return [...markdown.matchAll(/^```(sh|toml) ?(\S*)\n([\s\S]*?)^```$/gm)].map(([, language, argument, text]) => ({ language, argument, text }));
}

async function startBackground(text, folder, env) {
  const child = spawn("bash", ["-c", `exec ${text}`], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${said}`)));
    child.stdout.on("data", (chunk) => /^listening on /m.test((said += chunk)) && resolve());
  });
  return child;
}

const freePort = async () => {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
};

const pages = (await readdir(join(repository, "deploy"))).filter((name) => name.endsWith(".md")).sort();
assert.ok(pages.length > 0);
for (const page of pages) {
  test(`the commands of deploy/${page} work as shown`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "countersign-docs-"));
    const env = { ...process.env, PATH: dirname(process.env.COUNTERSIGN) + delimiter + process.env.PATH, REPOSITORY: repository };
    const port = await freePort();  // the pages say 8080 and 6514, which may be taken here
    const syslogPort = await freePort();
    const children = [];
    context.after(async () => {
      for (const child of children) {
        child.removeAllListeners("exit");
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    });
    for (const { language, argument, text } of blocks(await readFile(join(repository, "deploy", page), "utf8"))) {
      const here = text.replaceAll("127.0.0.1:8080", `127.0.0.1:${port}`).replaceAll("6514", syslogPort);
      if (language === "toml") {
        if (argument) await writeFile(join(folder, argument), here);
      } else if (argument === "background") {
        children.push(await startBackground(here, folder, env));
      } else {
        await run("bash", ["-euo", "pipefail", "-c", here], { cwd: folder, env }).catch((error) => {
          throw new Error(`${here}\n${error.stdout}${error.stderr}`);
        });
      }
    }
  });
}

test("a page whose command fails is noticed", () => {
  assert.deepEqual(blocks("```sh\nfalse\n```\n```toml a.toml\nx = 1\n```\n```sh background\ny\n```\n```toml\nz\n```\n").map((block) => [block.language, block.argument]),
                   [["sh", ""], ["toml", "a.toml"], ["sh", "background"], ["toml", ""]]);
});
