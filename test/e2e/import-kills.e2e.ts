import { expect, it } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { killImports } from "#test/ingest/killed-imports.ts";

const database = useDatabase();

it("adds up to the same after fifty kills at random moments of imports, each resumed", async () => {
  const found = await killImports(database, 50, Math.random);
  expect(found.kills).toBe(50);
  expect(found.undisturbed).toContain('"entries":"6000"');
  for (const totals of found.disturbed) expect(totals).toBe(found.undisturbed);
  expect(found.resumed).toBeGreaterThan(0);
}, 300_000);
