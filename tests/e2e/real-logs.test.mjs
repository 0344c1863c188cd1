// tests/real-logs over logs that somebody else wrote (fail2ban's own test logs, from its Debian package), and over lines
// that show it can fail.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const unpacked = join(repository, "build/real-logs");
const fail2ban = join(unpacked, "usr/lib/python3/dist-packages/fail2ban/tests/files/logs");

let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-real-logs-"));
  await promisify(execFile)(join(repository, "tests/e2e/lib/unpack-packages.sh"), [unpacked, "fail2ban"]);
});

after(() => rm(folder, { recursive: true, force: true }));

const realLogs = (...args) => new Promise((resolve) => {
  execFile(join(repository, "tests/real-logs"), ["--binary", process.env.COUNTERSIGN, ...args], { maxBuffer: 1 << 24 },
           (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
});

test("fail2ban's logs: every login that sshd reports is found, and none is invented", async (context) => {
  const { code, out, err } = await realLogs(fail2ban);
  assert.equal(code, 0, out + err);
  const [, files, lines, logins] = out.match(/^(\d+) files, (\d+) lines, (\d+) logins: those of the search/m).map(Number);
  context.diagnostic(`${files} files, ${lines} lines, ${logins} logins`);
  assert.ok(files > 80 && lines > 1000 && logins >= 4, out);
  for (const file of ["sshd", "sshd-journal", "dropbear"]) assert.match(out, new RegExp(` ${file}$`, "m"));
});

describe("the script itself", () => {
  const stamp = "Nov 20 01:02:03 web1";
  const accepted = `${stamp} sshd[7]: Accepted publickey for oswaldo from 203.0.113.7 port 51234 ssh2`;
  const blind = `[[rule]]
id = "sshd.accepted"
programs = ["sshd"]
action = "ssh_login"
pattern = 'Accepted password for (?P<user>\\S+) from .*'
match = ['Accepted password for bob from 203.0.113.7 port 1 ssh2']
`;
  const table = [
    { about: "comments and empty lines are left out", lines: ["# Accepted", "", accepted], code: 0, says: /1 files, 1 lines, 1 logins: those of the search/ },
    { about: "another program's word is no login", lines: [`${stamp} app[7]: sshd[7]: Accepted publickey for x`, accepted], code: 0, says: /2 lines, 1 logins: those/ },
    { about: "a login that the rules miss", lines: [accepted], rules: blind, code: 1, says: /^WRONG: one\.log: 1 logins, 0 found$/m },
    { about: "what nothing understood is shown by shape", lines: [`${stamp} sshd[7]: odd 17`, `${stamp} sshd[7]: odd 18`], code: 0, says: /^ +2 .*odd #$/m },
  ];
  for (const { about, lines, rules, code, says } of table) {
    test(about, async () => {
      const logs = await mkdtemp(join(folder, "logs-"));
      await writeFile(join(logs, "one.log"), lines.join("\n") + "\n");
      const args = [];
      if (rules) {
        const rulesFolder = await mkdtemp(join(folder, "rules-"));
        await writeFile(join(rulesFolder, "sshd.toml"), rules);
        args.push("--rules", rulesFolder);
      }
      const result = await realLogs(...args, logs);
      assert.equal(result.code, code, result.out + result.err);
      assert.match(result.out, says);
    });
  }

  test("JSON lines, as journalctl -o json writes them", async () => {
    const logs = await mkdtemp(join(folder, "logs-"));
    await mkdir(join(logs, "below"));
    await writeFile(join(logs, "below/journal.json"), JSON.stringify({ MESSAGE: "Accepted password for bob from 203.0.113.7 port 1 ssh2", SYSLOG_IDENTIFIER: "sshd", _HOSTNAME: "web1" }) + "\n");
    const { code, out } = await realLogs(logs);
    assert.equal(code, 0, out);
    assert.match(out, /1 files, 1 lines, 1 logins: those of the search/);
  });

  test("no folder, no program", async () => {
    assert.equal((await realLogs("/nowhere")).code, 2);
    assert.equal((await realLogs("--binary", "/nowhere", folder)).code, 2);
  });
});
