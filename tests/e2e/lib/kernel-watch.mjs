// The kernel's witness by itself (kernel_watch.cc) for one test: what it says, kept in order, by connection.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";

const program = process.env.KERNEL_WATCH ?? join(dirname(process.env.COUNTERSIGN ?? "build/release/countersign"), "kernel_watch");

/** Why eBPF can't be loaded here, as "SKIPPED: eBPF unavailable: …", or null. With REQUIRE_BPF=1 that is an error. */
export async function whyNoKernelWitness() {
  const watch = new KernelWatch();
  const refused = await watch.begin([]).then(() => null, (error) => error.message.trim());
  await watch.stop();
  if (refused === null) return null;
  if (process.env.REQUIRE_BPF === "1" || process.env.REQUIRE_ALL === "1") throw new Error(`REQUIRE_BPF=1 and ${refused}`);
  return `SKIPPED: ${refused}`;
}

export class KernelWatch {
  /** `args`: of kernel_watch. Its probes are in place when this answers. */
  static async start(...args) {
    const watch = new KernelWatch();
    await watch.begin(args);
    return watch;
  }

  async begin(args) {
    this.seen = [];
    this.ports = null;
    this.met = new Set();  // ports that connections were seen to
    this.others = new Set();  // connections of another sshd of the machine
    this.lost = { logins: 0, detail: 0 };
    this.sessions = null;
    let rest = "", complaint = "";
    this.child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.exited = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stderr.on("data", (chunk) => (complaint += chunk));
    await new Promise((resolve, reject) => {
      this.child.once("error", reject).once("close", () => reject(new Error(complaint || "kernel_watch ended")));
      this.child.stdout.setEncoding("utf8").on("data", (chunk) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop();
        for (const part of parts) part === "watching" ? resolve() : this.#take(JSON.parse(part));
      });
    });
  }

  #take(line) {
    if (line.lost) {
      this.lost.logins += line.lost.logins;
      this.lost.detail += line.lost.detail;
    } else if (line.sessions) {
      this.sessions = line.sessions;
    } else if (line.stalled) {
      this.stalled = true;
    } else if (this.#isOurs(line)) {
      this.seen.push(line);
    }
  }

  /** From now on nothing is kept of connections to other ports: another sshd may serve this machine. */
  only(...ports) {
    this.ports ??= new Set();
    for (const port of ports) this.ports.add(String(port));
    const known = this.seen;
    this.seen = [];
    for (const line of known) if (this.#isOurs(line)) this.seen.push(line);
  }

  #isOurs(line) {
    const port = line["server.port"];
    this.met.add(Number(port));
    if (this.ports && port !== undefined && !this.ports.has(port) && !this.others.has(line["session.id"])) {
      this.others.add(line["session.id"]);
      this.seen = this.seen.filter((earlier) => earlier["session.id"] !== line["session.id"]);  // details have a ring of their own
    }
    return !this.others.has(line["session.id"]);
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.exited;
  }

  /** Reads nothing from the rings until resume(). */
  async stall() {
    this.child.kill("SIGUSR1");
    await this.until(() => this.stalled, "it has stalled");
  }

  resume() {
    this.child.kill("SIGUSR2");
  }

  async runningSessions() {
    this.sessions = null;
    this.child.kill("SIGHUP");
    return this.until(() => this.sessions, "the sessions that run");
  }

  of(action, from = 0) {
    return this.seen.slice(from).filter((sighting) => sighting["event.action"] === action);
  }

  async until(look, what) {
    const end = Date.now() + 20_000;
    for (;;) {
      const value = look();
      if (value) return value;
      if (Date.now() > end) throw new Error(`${what}: not within 20 s\n${JSON.stringify(this.seen.slice(-30), null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
