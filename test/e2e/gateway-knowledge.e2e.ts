import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createKnowledge } from "#apps/gateway/knowledge.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { mintSecret } from "#core/keys/secret.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { useDatabase } from "#test/database/clone.ts";
import { hashOf, startGateway } from "#test/gateway/gateway.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { ask, messages } from "#test/gateway/raw.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const now = new Date("2026-11-18T12:00:00Z");
const minted = mintSecret();
const ended = mintSecret();
const asked: string[] = [];
let pool: pg.Pool;
let provider: Provider;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: database.url, types: rowTypes, max: 1 });
  // What the database is asked for, in the order of asking.
  pool.on("connect", (client) => {
    const query = client.query.bind(client);
    Object.assign(client, {
      query: (...args: Parameters<typeof query>) => {
        asked.push(String(args[0]).slice(0, 60));
        return query(...args);
      },
    });
  });
  provider = await startProvider();
  const orgId = await makeOrganization(database.owner, "acme");
  const { owner } = database;
  const person = await owner.query("insert into person (org_id) values ($1) returning id", [orgId]);
  const dimension = await owner.query(
    "insert into dimension_value (org_id, dimension, value) values ($1, 'key', 'k') returning id",
    [orgId],
  );
  const scopes = await makeScopes(owner, orgId, ["payments"]);
  const key = await owner.query(
    `insert into virtual_key (org_id, name, scope_id, owner_id, use_case, models, ledger_key,
       dimension_id, state, approved_at, lapses_at, changed_at)
     values ($1, 'k', $5, $2, 'test', '{}', 'k', $3, 'active', $4, $4, $4) returning id`,
    [orgId, person.rows[0]?.id, dimension.rows[0]?.id, now, scopes.get("payments")],
  );
  for (const [hash, endedAt] of [
    [minted.hash, null],
    [ended.hash, now],
  ]) {
    await owner.query(
      `insert into key_secret (org_id, key_id, hash, minted_at, ended_at)
       values ($1, $2, $3, $4, $5)`,
      [orgId, key.rows[0]?.id, hash, now, endedAt],
    );
  }
});
afterAll(async () => {
  await provider.close();
  await pool.end();
});

it("takes the same way for keys that never were, nearly were and are no more, and answers alike", async () => {
  const box = createSecretBox(makeSecretKey());
  const knowledge = createKnowledge({ pool, clock: () => now, box, onFault: () => undefined });
  expect(await knowledge.findGrant(hashOf(minted.secret))).toMatchObject({ name: "k" });
  const gateway = await startGateway(provider.url, { findGrant: knowledge.findGrant });
  const body = { model: "gpt-4o", messages };
  const nearly = `${minted.secret.slice(0, -1)}${minted.secret.endsWith("A") ? "B" : "A"}`;
  const ways = [];
  for (const secret of ["sk-unheard-of", nearly, `${minted.secret}x`, ended.secret]) {
    const way: unknown[] = [];
    for (let time = 0; time < 2; time += 1) {
      asked.length = 0;
      const headers = { authorization: `Bearer ${secret}` };
      const answer = await ask(gateway.url, { path: "/v1/chat/completions", body, headers });
      way.push(answer.status, answer.body.toString(), [...asked]);
    }
    ways.push(way);
  }
  const [first] = ways;
  // One read the first time, and none the second.
  expect(first).toEqual([
    401,
    expect.stringContaining("key_unknown"),
    [expect.stringContaining("select")],
    401,
    expect.stringContaining("key_unknown"),
    [],
  ]);
  for (const way of ways) expect(way).toEqual(first);
  asked.length = 0;
  expect(knowledge.findGrant(hashOf(minted.secret))).toMatchObject({ name: "k" });
  expect(asked).toEqual([]);
  await gateway.close();
});
