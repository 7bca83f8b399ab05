import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { addDays, type Day, eachDay, utcDay } from "#core/time.ts";
import { SECRET_KEY } from "#test/cli/command-line.ts";
import { type ContractServer, serveContract } from "#test/connect/contract-server.ts";
import { generatedDay, openAiContract } from "#test/connect/openai-account.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const SECRET = "sk-admin-canary-0123456789";
const CLI = fileURLToPath(new URL("../../apps/cli/aispend.mjs", import.meta.url));
const KEYS = 60;
const MODELS = ["gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"];
const DAYS = 40;
const KILLS = 5;
const database = useDatabase();
const home = mkdtempSync(join(tmpdir(), "aispend-kills-"));
let server: ContractServer;

beforeAll(async () => {
  const contract = openAiContract({
    days: (day) => generatedDay(day, KEYS, MODELS),
    projects: [{ id: "proj_0", name: "Zero" }],
    keys: [],
    mayWrite: false,
  });
  const isKey = (headers: { authorization?: string | undefined }) =>
    headers.authorization === `Bearer ${SECRET}`;
  server = await serveContract(contract, isKey, new Date());
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await server.close();
});

function connect() {
  const words = ["connect", "openai", "--key-env", "BILLING_KEY", "--days", String(DAYS)];
  const child = spawn(process.execPath, [CLI, ...words, "--base-url", server.url], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      AISPEND_SECRET_KEY: SECRET_KEY,
      AISPEND_HOME: home,
      BILLING_KEY: SECRET,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += String(text);
  });
  return { child, said: () => said };
}

it("fills in the same history after it was killed at random moments, each time resumed", async () => {
  const orgId = await makeOrganization(database.owner, "killed");
  await database.owner.query("update organization set entry_months = 240 where id = $1", [orgId]);
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = server.asked.length;
    const { child } = connect();
    while (child.exitCode === null && !server.asked.slice(before).some(isReport)) await wait(10);
    await wait(Math.random() * 400);
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    if (child.signalCode === "SIGKILL") killed += 1;
  }
  expect(killed).toBeGreaterThan(0);
  const last = connect();
  const [code] = await once(last.child, "exit");
  expect([code, last.said()]).toEqual([0, expect.not.stringContaining("canary")]);
  const today = utcDay(new Date());
  const period = { start: addDays(today, -DAYS - 1), end: addDays(today, 1) };
  const total = await spendTotal(database.pool, orgId, {}, period);
  expect(total.cost).toBe(truth(addDays(today, -DAYS), addDays(today, 1)));
  expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
}, 180_000);

const isReport = ({ path }: { path: string }) => path.endsWith("/usage/completions");

function truth(start: Day, end: Day): bigint {
  let total = 0n;
  for (const day of eachDay({ start, end })) {
    for (const { nano } of generatedDay(day, KEYS, MODELS).lines) {
      total += nano[0] + nano[1] + nano[2];
    }
  }
  return total;
}
