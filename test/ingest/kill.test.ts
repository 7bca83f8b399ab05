import { expect, it } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { seeded } from "#test/ledger/entries.ts";
import { killImports } from "./killed-imports.ts";

const database = useDatabase();

/** The suite has test/e2e/import-kills.e2e.ts for fifty. */
const KILLS = 5;

it("adds up to the same however often an import is killed and started again", async () => {
  const found = await killImports(database, KILLS, seeded(7));
  expect(found.kills).toBe(KILLS);
  expect(found.undisturbed).toContain('"difference":"none"');
  expect(found.undisturbed).toContain('"entries":"6000"');
  for (const totals of found.disturbed) expect(totals).toBe(found.undisturbed);
  expect(found.resumed).toBeGreaterThan(0);
}, 120_000);
