import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { findKeyByHash } from "#core/keys/lookup.ts";
import { hashSecret } from "#core/keys/secret.ts";
import { type Acme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { provenPeople, useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import { scopeId } from "#test/keys/keys.ts";

const database = useDatabase();
const world = useCommandLine(database);
const { folder, line } = world;
const as = provenPeople(database, world, () => acme);
let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [acme.orgId, scopeId(acme, "payments"), personId(acme, "u1")],
  );
});

it("a key is requested, approved, revealed into a file and looked after on the command line", async () => {
  const request = [
    "key",
    "request",
    "--scope",
    "payments",
    "--use",
    "nightly tags",
    "--cap",
    "200",
  ];
  const asked = await as("u1", ...request, "--name", "ci-tags", "--models", "claude-haiku-4-5");
  expect([asked.exitCode, asked.out]).toEqual([0, expect.stringContaining("I asked Ada Byron")]);
  const own = await as("u1", "key", "approve", "1");
  expect([own.exitCode, own.out]).toEqual([1, expect.stringContaining("You may not approve")]);
  const approved = await as("ada", "key", "approve", "1", "--cap", "100");
  expect(approved.out).toContain("cap $100 of $200 a month asked");

  const notMine = await as("ada", "key", "reveal", "ci-tags", "--to", "stolen");
  expect([notMine.exitCode, notMine.out]).toEqual([1, expect.stringContaining("may not see")]);
  const missing = await as("u1", "key", "reveal", "ci-tags", "--to", "no/such/folder/secret");
  expect(missing.exitCode).toBe(1);
  const revealed = await as("u1", "key", "reveal", "ci-tags", "--to", "secret", "--json");
  expect(JSON.parse(revealed.out)).toMatchObject({ key: "ci-tags", written: true });
  const file = join(folder, "secret");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const secret = readFileSync(file, "utf8").trim();
  expect(await findKeyByHash(database.pool, hashSecret(secret), NOW)).toMatchObject({
    name: "ci-tags",
    state: "active",
  });
  expect(revealed.out + revealed.err).not.toContain(secret);
  const again = await as("u1", "key", "reveal", "ci-tags", "--to", "secret");
  expect(again.err).toContain("is there already");

  const shown = await line("key", "show", "ci-tags");
  expect(shown.out).toContain("ci-tags of payments is active");
  const raise = await as("u1", "key", "raise", "ci-tags", "150", "--reason", "more");
  expect(raise.out).toContain("I asked Ada Byron");
  expect((await as("ada", "key", "deny", "2", "--reason", "enough")).out).toContain("DENIED");
  expect((await as("u1", "key", "rotate", "ci-tags", "--overlap", "0")).out).toContain(
    "no longer works",
  );
  expect((await as("u1", "key", "give", "ci-tags", "--to", "u2@acme.example")).out).toContain(
    "User Two",
  );
});

it("the same key is blocked, an agent capped and its glass broken there", async () => {
  const blocked = await line("block", "key", "ci-tags", "--reason", "loop", "--cut");
  expect(blocked.out).toContain("ci-tags is blocked, by the operator: loop.");
  expect((await as("ada", "unblock", "key", "ci-tags")).out).toContain("is unblocked");
  const cap = await as("ada", "cap", "set", "agent", "crawler", "50", "--reason", "runaway");
  expect(cap.out).toContain("You may not change that cap; I asked Grace Hopper.");
  const set = await as("ada", "cap", "set", "agent", "refund-agent", "50", "--reason", "runaway");
  expect(set.out).toContain("refund-agent may use $50.00 a day from now on.");
  const glass = ["cap", "break-glass", "agent", "refund-agent", "--reason", "customers wait"];
  expect((await as("u2", ...glass)).out).toContain("You may not break the glass");
  const broken = await as("sam", ...glass);
  expect(broken.out).toContain("Sam Search broke the glass: refund-agent may use $60.00 a day");
  const twice = await line(...glass);
  expect([twice.exitCode, twice.out]).toEqual([1, expect.stringContaining("in this day already")]);
  expect((await as("u2", "key", "revoke", "ci-tags")).out).toContain("ci-tags is revoked.");
});

it("a person is proven by a code, used once", async () => {
  const none = await line("key", "approve", "1", "--as", "ada@acme.example");
  expect([none.exitCode, none.err]).toEqual([1, expect.stringContaining("--as needs a proof")]);
  const wrong = await line("key", "approve", "1", "--as", "ada@acme.example", "--code", "X");
  expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining("the code is wrong")]);
  const operator = await line("key", "approve", "1");
  expect(operator.out).toContain("not by the operator");
});
