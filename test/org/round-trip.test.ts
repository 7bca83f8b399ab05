import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyAudit } from "#core/audit/service.ts";
import { fileOfState, yamlOfFile } from "#core/org/file/file-of-state.ts";
import { parseOrganisationFile } from "#core/org/file/read-file.ts";
import { stateOfFile } from "#core/org/file/state-of-file.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, fileOf, NOW } from "./organisation.ts";
import { randomOrganisation } from "./random-organisation.ts";

const database = useDatabase();

describe("any organisation", () => {
  it("is the same after it was written and read again", () => {
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const text = yamlOfFile(randomOrganisation(g, "acme"));
        const { leavingUnsaid: _unsaid, ...state } = stateOfFile(parseOrganisationFile(text, "f"));
        const written = yamlOfFile(fileOfState("acme", state, () => true));
        const { leavingUnsaid, ...again } = stateOfFile(parseOrganisationFile(written, "f"));
        expect(again).toEqual(state);
        expect(leavingUnsaid).toBeDefined();
      }),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it("becomes any other by one apply, and the export of it changes nothing", async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        number += 1;
        const key = `org-${number}`;
        const [first, second] = [0, 1].map(() => yamlOfFile(randomOrganisation(g, key)));
        await apply(database.pool, first ?? "");
        const { orgId } = await apply(database.pool, second ?? "");
        const lines = async (text: string) =>
          (await planFile(database.pool, fileOf(text), NOW)).lines;
        expect(await lines(second ?? "")).toEqual([
          `Nothing to change: ${key} is as the file says.`,
        ]);
        const exported = await exportOrganisation(database.pool, orgId);
        expect(await lines(exported)).toEqual([`Nothing to change: ${key} is as the file says.`]);
        expect((await verifyAudit(database.pool, orgId)).state).toBe("intact");
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });
});
