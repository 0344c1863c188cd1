// What the kernel's witness costs programs that have nothing to do with sshd: loops with and without it, paired and
// interleaved; of each pair the ratio, of the pairs the median. Needs root and a build's folder.
// usage: tests/bench/witness.mjs [FOLDER [PAIRS]]      FOLDER: build/release; PAIRS: 15
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const [folder = "build/release", pairs = "15"] = process.argv.slice(2);
const loops = { exec: [25, 1.03], write: [20000, 1.05], getppid: [20000, 1.05], socket: [5000, undefined] };
const time = (loop) => Number(execFileSync(`${folder}/witness_loops`, [loop, String(loops[loop][0])]));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function witness(args) {
  const child = spawn(`${folder}/kernel_watch`, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => child.once("exit", () => reject(new Error("kernel_watch ended"))).stdout.once("data", resolve));
  child.stdout.resume();
  return { child, stop: () => new Promise((resolve) => child.removeAllListeners("exit").once("exit", resolve).kill()) };
}

for (const args of [[], ["--commands"]]) {
  const ratios = Object.fromEntries(Object.keys(loops).map((loop) => [loop, []]));
  const without = Object.fromEntries(Object.keys(loops).map((loop) => [loop, []]));
  for (let pair = 0; pair < Number(pairs); pair += 1) {
    const measured = [{}, {}];
    for (const on of pair % 2 ? [1, 0] : [0, 1]) {  // whoever goes second meets the machine as the first has left it
      const watching = on ? await witness(args) : null;
      for (const loop of Object.keys(loops)) measured[on][loop] = time(loop);
      await watching?.stop();
    }
    for (const loop of Object.keys(loops)) {
      ratios[loop].push(measured[1][loop] / measured[0][loop]);
      without[loop].push(measured[0][loop]);
    }
  }
  console.log(`witness ${args.join(" ") || "as it comes"}, ${pairs} pairs`);
  for (const [loop, [, goal]] of Object.entries(loops)) {
    const sorted = [...ratios[loop]].sort((a, b) => a - b);
    console.log(`  ${loop.padEnd(8)} ${median(without[loop]).toFixed(0).padStart(8)} ns  ratio ${median(sorted).toFixed(3)}` +
                `  (${sorted[0].toFixed(3)} to ${sorted.at(-1).toFixed(3)})${goal ? `  goal ${goal}` : ""}`);
  }
}

const idle = await witness([]);
const ticks = () => readFileSync(`/proc/${idle.child.pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).reduce((a, b) => a + Number(b), 0);
const before = ticks();
await new Promise((resolve) => setTimeout(resolve, 10_000));
const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${idle.child.pid}/status`, "utf8"))[1];
console.log(`idle: ${((ticks() - before) / 10).toFixed(2)} % of a CPU over 10 s, RSS ${(rss / 1024).toFixed(1)} MB`);
await idle.stop();
