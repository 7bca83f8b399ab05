import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import type { CommandLine } from "#apps/cli/command-line.ts";
import { run } from "#apps/cli/program.ts";
import { makeSecretKey } from "#core/org/secret-box.ts";
import { BENCH_NOW } from "./database.ts";

/** `aispend connect` as the command line runs it, in a process of its own; prints what it took. */
const { values } = parseArgs({
  options: {
    url: { type: "string" },
    source: { type: "string" },
    kind: { type: "string" },
    org: { type: "string" },
    days: { type: "string" },
    home: { type: "string" },
  },
});

class Kept extends Writable {
  text = "";
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

const out = new Kept();
const err = new Kept();
const line: CommandLine = {
  environment: {
    DATABASE_URL: values.url ?? "",
    AISPEND_SECRET_KEY: makeSecretKey(),
    AISPEND_HOME: values.home ?? "",
    BILLING_KEY: values.kind === "openai" ? "sk-admin-0123456789" : "sk-ant-admin01-0123456789",
  },
  workingFolder: values.home ?? "",
  clock: BENCH_NOW,
  out,
  err,
  interrupted: new AbortController().signal,
  exitCode: 0,
};
const words = ["connect", values.kind ?? "openai", "--key-env", "BILLING_KEY", "--json"];
const where = ["--base-url", values.source ?? "", "--org", values.org ?? ""];
const before = process.cpuUsage();
const idleBefore = performance.eventLoopUtilization();
const started = performance.now();
// Today is read too, and is one of the days.
const days = String(Number(values.days) - 1);
const exitCode = await run(line, [...words, ...where, "--days", days]);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
const idleSeconds = performance.eventLoopUtilization(idleBefore).idle / 1000;
if (exitCode !== 0) throw new Error(`connect failed: ${out.text}${err.text}`);
const { readings } = JSON.parse(out.text);
const lines = readings.reduce(
  (sum: number, one: { reading: { lines: number } }) => sum + one.reading.lines,
  0,
);
process.stdout.write(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    idleSeconds,
    lines,
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
