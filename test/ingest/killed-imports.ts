import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { TestDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { bundleScript } from "./bundled-script.ts";
import type { ImportTask } from "./import-process.ts";
import { ledgerTotals } from "./ledger-totals.ts";
import { usageCsv } from "./usage-file.ts";

const NOW = "2026-08-01T00:00:00Z";
const ROWS = 6000;

export interface KilledImports {
  /** How many processes died of SIGKILL while they imported. */
  kills: number;
  /** How many imports came to their end, each after any number of kills. */
  imports: number;
  /** How many runs went on where an earlier one was cut off. */
  resumed: number;
  /** Sums of the ledger of an import that nobody disturbed, and of each of the others. */
  undisturbed: string;
  disturbed: string[];
}

/**
 * Imports the same file into one organisation after another, killing the process at a random moment
 * of its work and starting it again until it gets through.
 */
export async function killImports(
  database: TestDatabase,
  wanted: number,
  random: () => number,
): Promise<KilledImports> {
  const folder = await mkdtemp(join(tmpdir(), "aispend-kill-test-"));
  try {
    const script = await bundleScript("import-process", folder);
    const file = join(folder, "usage.csv.gz");
    await writeFile(file, gzipSync(usageCsv(ROWS)));
    const task = (orgId: number): ImportTask => ({
      url: database.url,
      orgId,
      file,
      checkpointFolder: join(folder, `imports-${orgId}`),
      now: NOW,
    });
    const found: KilledImports = {
      kills: 0,
      imports: 0,
      resumed: 0,
      undisturbed: "",
      disturbed: [],
    };
    const reference = await makeOrganization(database.owner, "undisturbed");
    const whole = await run(script, task(reference), undefined);
    found.undisturbed = await ledgerTotals(database.owner, reference);
    for (let round = 0; found.kills < wanted; round += 1) {
      const orgId = await makeOrganization(database.owner, `disturbed-${round}`);
      for (;;) {
        const killAfterMs = found.kills < wanted ? random() * whole.importMs : undefined;
        const { killed, output } = await run(script, task(orgId), killAfterMs);
        if (killed) found.kills += 1;
        if (killed) continue;
        if (!output.includes('"resumedAfterRow":0,')) found.resumed += 1;
        break;
      }
      found.imports += 1;
      found.disturbed.push(await ledgerTotals(database.owner, orgId));
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly killed: boolean;
  readonly output: string;
  /** From the start of the work to the end of the process. */
  readonly importMs: number;
}

async function run(
  script: string,
  task: ImportTask,
  killAfterMs: number | undefined,
): Promise<Run> {
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let failure = "";
  child.stderr?.on("data", (chunk) => {
    failure += String(chunk);
  });
  const closed = once(child, "close");
  child.stdout?.on("data", (chunk) => {
    output += String(chunk);
  });
  await Promise.race([started(child), closed]);
  const begun = performance.now();
  const timer =
    killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [code, signal] = await closed;
  clearTimeout(timer);
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`the import failed: ${failure}`);
  return { killed: signal === "SIGKILL", output, importMs: performance.now() - begun };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.stdout?.once("data", () => resolve()));
}
