// A real sshd for one test: loopback, a free port, accounts and a syslog socket of its own in a private mount
// namespace (sshd-room.sh). Logs in with the real ssh, and keeps every line sshd and PAM wrote, in order.
import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const roomScript = fileURLToPath(new URL("sshd-room.sh", import.meta.url));
const sshdPath = "/usr/sbin/sshd";
const firstUid = 61000;

/** Why a real sshd can't be run here, or null. */
export async function whyNoSshd() {
  if (process.getuid() !== 0) return "a real sshd in a room of its own takes root";
  for (const program of [sshdPath, "ssh", "ssh-keygen", "unshare", "perl"])
    if (await run("sh", ["-c", `command -v ${program}`]).catch(() => null) === null) return `there is no ${program}`;
  const probe = "mount -t tmpfs tmpfs /run";
  const refused = await run("unshare", ["--mount", "--propagation", "private", "sh", "-c", probe]).catch((error) => error);
  return refused instanceof Error ? `a private mount namespace is refused: ${refused.stderr?.trim()}` : null;
}

export class Sshd {
  /**
   * `users`: {name: {password}}; their public keys come by authorize(), certificates by the room's own CA. `config`: lines
   * that win over ours. `listen`: the address. `each`: sshd -i for each connection, as inetd and socket activation do.
   * `openssh`: a folder with another OpenSSH's usr/ (lib/openssh-next.sh).
   * `pam`: lines after those of /etc/pam.d/sshd.
   */
  static async start({ users = {}, config = [], listen = "127.0.0.1", each = false, openssh = "", pam = "" } = {}) {
    const sshd = new Sshd();
    Object.assign(sshd, { config, listen, each, openssh });
    sshd.folder = await mkdtemp(join(tmpdir(), "countersign-sshd-"));
    await chmod(sshd.folder, 0o755);  // sshd reads a user's keys as that user
    for (const name of ["etc", "keys", "home"]) await mkdir(join(sshd.folder, name));
    sshd.lines = [];
    await sshd.#writeAccounts({ root: {}, ...users });
    if (pam) await writeFile(join(sshd.folder, "etc/pam-sshd"), await readFile("/etc/pam.d/sshd", "utf8") + `${pam}\n`);
    sshd.hostKey = await sshd.makeKey("host");
    sshd.authority = await sshd.makeKey("authority");
    sshd.port = await freePort();
    await sshd.#writeConfig();
    await sshd.#spawn();
    return sshd;
  }

  async #writeAccounts(users) {
    const tables = { passwd: [], shadow: [], group: [] };
    for (const name of Object.keys(tables)) {
      const text = await readFile(`/etc/${name}`, "utf8");
      tables[name] = text.split("\n").filter((line) => line && !Object.hasOwn(users, line.split(":")[0]) || /^root:/.test(line));
    }
    let uid = firstUid;
    for (const [name, { password }] of Object.entries(users)) {
      if (name === "root") continue;
      const hash = password ? (await run("openssl", ["passwd", "-6", password])).stdout.trim() : "*";
      tables.passwd.push(`${name}:x:${uid}:${uid}::${join(this.folder, "home")}:/bin/sh`);
      tables.shadow.push(`${name}:${hash}:20000:0:99999:7:::`);
      tables.group.push(`${name}:x:${uid}:`);
      uid += 1;
    }
    for (const [name, lines] of Object.entries(tables))
      await writeFile(join(this.folder, "etc", name), lines.join("\n") + "\n", { mode: name === "shadow" ? 0o600 : 0o644 });
  }

  async #writeConfig() {
    const set = new Set(this.config.map((line) => line.split(" ")[0]));  // a second Subsystem is an error
    const ours = [
      ...(this.openssh ? ["PerSourcePenalties no"] : []),  // since 9.8: one failure, and the next client from there is dropped
      `Port ${this.port}`, `ListenAddress ${this.listen}`, `HostKey ${this.hostKey.file}`, "PidFile none",
      "UsePAM yes", "PasswordAuthentication yes", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
      "StrictModes no", "UseDNS no", `AuthorizedKeysFile ${join(this.folder, "keys")}/%u`,
      `TrustedUserCAKeys ${this.authority.file}.pub`, "Subsystem sftp internal-sftp", "LogLevel INFO", "MaxAuthTries 3",
    ].filter((line) => !set.has(line.split(" ")[0]));
    await writeFile(join(this.folder, "sshd_config"), [...this.config, ...ours].join("\n") + "\n");
  }

  async #spawn() {
    this.said = "";
    this.child = spawn("unshare", ["--mount", "--propagation", "private", roomScript, this.folder], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ROOM_OPENSSH: this.openssh, ROOM_LISTEN: this.each ? `[${this.listen}]:${this.port}` : "" },
    });
    this.exited = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stderr.on("data", (chunk) => (this.said += chunk));
    let rest = "";
    this.child.stdout.setEncoding("utf8").on("data", (chunk) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop();
      for (const part of parts) this.lines.push(readSyslog(part));
    });
    await this.until(() => canConnect(this.port, this.listen), "sshd listens");
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.exited;
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A key pair in the room: {file, line, fingerprint}. */
  async makeKey(name, type = "ed25519") {
    const file = join(this.folder, `${name}.key`);
    await run("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", name, "-f", file]);
    const listed = (await run("ssh-keygen", ["-lf", `${file}.pub`])).stdout;
    return { file, line: await readFile(`${file}.pub`, "utf8"), fingerprint: listed.split(" ")[1] };
  }

  async authorize(user, ...keys) {
    await writeFile(join(this.folder, "keys", user), keys.map((key) => key.line).join(""), { mode: 0o644 });
  }

  /** Signs `key` with the room's CA, for these accounts; the certificate lies beside the key, where ssh finds it. */
  async certify(key, { id, serial, principals }) {
    await run("ssh-keygen", ["-q", "-s", this.authority.file, "-I", id, "-n", principals.join(","), "-z", String(serial),
                             "-V", "-5m:+1h", `${key.file}.pub`]);
  }

  /**
   * One ssh session, until it has ended and sshd has said so. Answers {code, out, port, lines}: the client's own port and
   * what was logged meanwhile. `program`: ssh, sftp or scp with `tail` as the rest of the command.
   */
  async login({ user, key, password, from = "127.0.0.1", command = "echo $SSH_CONNECTION", options = [], program = "ssh",
                tail, input = "" }) {
    const first = this.lines.length;
    const child = await this.client({ user, key, password, from, command, options, program, tail, input });
    let out = "", complaint = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (complaint += chunk));
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
    const over = /^(Disconnected from|Disconnecting|Connection (closed|reset) by)|session closed for user/;
    const opened = () => this.lines.slice(first).some((line) => /session opened for user/.test(line.message));
    await this.until(() => this.lines.slice(first).some((line) => (opened() ? /session closed for user/ : over).test(line.message)),
                     `sshd logs the end of the session (${complaint})`);
    const lines = this.lines.slice(first);
    const accepted = lines.find((line) => line.message.startsWith("Accepted "));
    const port = /^127\.\S+ (\d+) /m.exec(out)?.[1];
    return { code, out, complaint, lines, accepted, port: port === undefined ? undefined : Number(port) };
  }

  /** Starts ssh, sftp or scp, as login() does, and doesn't wait: the child process. */
  async client({ user, key, password, from = "127.0.0.1", to = from.includes(":") ? "::1" : "127.0.0.1", port = this.port,
                 command = "true", options = [], program = "ssh", tail, input = "" }) {
    const askpass = join(this.folder, "askpass");
    await writeFile(askpass, '#!/bin/sh\nprintf "%s\\n" "$SSHD_ROOM_PASSWORD"\n', { mode: 0o755 });
    const set = [...options, "UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "LogLevel=ERROR",
                 "NumberOfPasswordPrompts=1", `BindAddress=${from}`, "ConnectTimeout=10",
                 ...(key ? ["IdentitiesOnly=yes", "PasswordAuthentication=no"] : ["PubkeyAuthentication=no"])];  // the first counts
    const args = ["-F", "none", ...(key ? ["-i", key.file] : []), ...set.flatMap((option) => ["-o", option])];
    const target = program === "ssh" || !to.includes(":") ? `${user}@${to}` : `${user}@[${to}]`;
    const rest = tail ? tail.map((word) => word.replace("TARGET", target)) : [target, command];
    const child = spawn(program, [...args, program === "ssh" ? "-p" : "-P", String(port), ...rest], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env.PATH, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force", SSHD_ROOM_PASSWORD: password ?? "" },
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    return child;
  }

  async until(look, what) {
    const end = Date.now() + 20_000;
    for (;;) {
      const value = await look();
      if (value) return value;
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`${what}: not within 20 s\n${this.said}\n${this.lines.map((line) => line.message).join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What syslog(3) sends: "<38>Nov 20 10:33:00 sshd[123]: message" → {at, program, pid, message}. */
function readSyslog(line) {
  const parts = /^<\d+>\w{3} [ \d]\d [\d:]{8} ([^[:]+)(?:\[(\d+)\])?: (.*)$/.exec(line);
  if (!parts) throw new Error(`not a syslog line: ${line}`);
  return { at: new Date(), program: parts[1], pid: Number(parts[2]), message: parts[3] };
}

function canConnect(port, listen) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: listen === "::" ? "::1" : listen, port });
    socket.once("connect", () => resolve(socket.destroy())).once("error", () => resolve(null));
  }).then((socket) => socket !== null);
}

/** A TCP port of loopback that is free. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
