// Looks into a store's file with the sqlite3 command: a copy of it, so that nothing is locked or checkpointed.
import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export async function whyNoSqlite() {
  return run("sqlite3", ["--version"]).then(() => null, () => "there is no sqlite3 command");
}

/** A copy of the database as it lies on the disk, taken while no server runs: {rows(sql), remove()}. */
export async function lookInto(file) {
  const folder = await mkdtemp(join(tmpdir(), "countersign-copy-"));
  const copy = join(folder, "copy.db");
  for (const part of ["", "-wal"]) if (existsSync(file + part)) await copyFile(file + part, copy + part);
  return {
    rows: async (sql) => {
      const { stdout } = await run("sqlite3", ["-json", copy, sql], { maxBuffer: 256 << 20 });
      return stdout.trim() === "" ? [] : JSON.parse(stdout);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
