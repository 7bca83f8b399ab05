import { expect, it } from "vitest";
import { loadEndUserKey } from "#core/org/end-user-key.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();

it("hashes end users with one key of each organisation, whatever the secret key becomes", async () => {
  const [old, renewed] = [makeSecretKey(), makeSecretKey()];
  const acme = await makeOrganization(database.owner, "acme");
  const other = await makeOrganization(database.owner, "other");
  const load = (keys: string, orgId: number) =>
    loadEndUserKey(database.pool, createSecretBox(keys), orgId);
  const both = await Promise.all([load(old, acme), load(old, acme)]);
  expect(both[0]).toEqual(both[1]);
  expect(both[0]).toHaveLength(32);
  expect(await load(old, other)).not.toEqual(both[0]);
  expect(await load(`${renewed},${old}`, acme)).toEqual(both[0]);
  // Sealed anew by that, so the old key is no longer needed for it.
  expect(await load(renewed, acme)).toEqual(both[0]);
  await expect(load(renewed, other)).rejects.toMatchObject({ code: "secret_unreadable" });
});
