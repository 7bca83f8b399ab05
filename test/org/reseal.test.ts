import { expect, it } from "vitest";
import { CONNECTION_CREDENTIALS } from "#core/connections/sealed-credentials.ts";
import {
  openCredential as connectionKey,
  getConnection,
  saveConnection,
} from "#core/connections/service.ts";
import { UPSTREAM_SECRETS } from "#core/enforcement/sealed-upstreams.ts";
import { listUpstreams, upstreamSubject } from "#core/enforcement/upstreams.ts";
import { addKeyGateway, listKeyGateways, openCredential } from "#core/keys/key-gateway.ts";
import { GATEWAY_CREDENTIALS } from "#core/keys/sealed-credentials.ts";
import { END_USER_KEYS, loadEndUserKey } from "#core/org/end-user-key.ts";
import { resealSecrets } from "#core/org/reseal.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const NOW = new Date("2026-11-22T14:30:00Z");
const KINDS = [END_USER_KEYS, CONNECTION_CREDENTIALS, GATEWAY_CREDENTIALS, UPSTREAM_SECRETS];
const BY = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;

it("seals every stored secret anew, so that the old key can be thrown away", async () => {
  const { pool, owner } = database;
  const [old, renewed] = [makeSecretKey(), makeSecretKey()];
  const oldBox = createSecretBox(old);
  const acme = await makeOrganization(owner, "acme");
  const other = await makeOrganization(owner, "other");
  const hashed = await loadEndUserKey(pool, oldBox, acme);
  const ids: number[] = [];
  for (const orgId of [acme, other]) {
    const connection = { orgId, kind: "openai", name: "main", settings: {}, by: BY, now: NOW };
    const { id } = await saveConnection(pool, oldBox, {
      ...connection,
      kind: "openai",
      secret: `source of ${orgId}`,
    });
    ids.push(id);
    await addKeyGateway(
      pool,
      oldBox,
      {
        orgId,
        name: "litellm",
        kind: "litellm",
        baseUrl: "https://litellm.example.com",
        credential: `gateway of ${orgId}`,
        isDefault: false,
      },
      BY,
      NOW,
    );
    await owner.query(
      `insert into gateway_upstream (org_id, name, provider, base_url, auth, sealed_secret,
         default_output_limit, on_abort, tokens_per_second, allow_private, changed_at)
       values ($1, 'openai', 'openai', 'https://api.openai.com', 'bearer', $2, 4096, 'drain', 100,
         false, $3)`,
      [orgId, oldBox.seal(`upstream of ${orgId}`, upstreamSubject(orgId, "openai")), NOW],
    );
  }
  const run = (keys: string) => resealSecrets(pool, createSecretBox(keys), KINDS);
  // Without the old key nothing is lost: what cannot be opened stays as it is.
  const lost = await run(renewed);
  expect(lost.map(({ resealed, unreadable }) => [resealed, unreadable.length])).toEqual([
    [0, 1],
    [0, 2],
    [0, 2],
    [0, 2],
  ]);
  const done = await run(`${renewed},${old}`);
  expect(done.map(({ total, resealed, unreadable }) => [total, resealed, unreadable])).toEqual([
    [1, 1, []],
    [2, 2, []],
    [2, 2, []],
    [2, 2, []],
  ]);
  expect((await run(`${renewed},${old}`)).every(({ resealed }) => resealed === 0)).toBe(true);

  const box = createSecretBox(renewed);
  expect(await loadEndUserKey(pool, box, acme)).toEqual(hashed);
  for (const [index, orgId] of [acme, other].entries()) {
    const connection = await getConnection(pool, orgId, ids[index] ?? 0);
    expect(await connectionKey(pool, box, connection)).toBe(`source of ${orgId}`);
    const [gateway] = await listKeyGateways(pool, orgId);
    expect(gateway && openCredential(box, gateway)).toBe(`gateway of ${orgId}`);
    const [upstream] = await listUpstreams(pool, orgId);
    expect(box.open(upstream?.sealedSecret ?? "", upstreamSubject(orgId, "openai"))).toBe(
      `upstream of ${orgId}`,
    );
  }
});
