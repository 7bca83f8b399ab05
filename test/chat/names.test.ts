import { beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "#core/answers/schema.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, append, asker, brainOf, fillAcme, makeAcme, personId } from "./acme.ts";

const database = useDatabase();
let acme: Acme;
let ask: (key: string, text: string) => Promise<Answer>;

async function addScope(kind: string, key: string, parent: string, retiredOn?: string) {
  await database.owner.query(
    `insert into scope (org_id, kind, key, name, parent_id, retired_on)
     values ($1, $2, $3, $3, $4, $5)`,
    [acme.orgId, kind, key, acme.scopes.get(parent), retiredOn ?? null],
  );
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  await addScope("project", "payments", "search");
  await addScope("project", "archive", "search", "2026-10-01");
  await addScope("project", "archive", "payments");
  await addScope("project", "gone", "search", "2026-10-01");
  await database.owner.query(
    `insert into dimension_value (org_id, dimension, value)
     select $1, 'workflow', 'flow-' || n from generate_series(1, 300) n`,
    [acme.orgId],
  );
  await database.owner.query(
    `insert into dimension_value (org_id, dimension, value)
     values ($1, 'workflow', 'Answer by mail'), ($1, 'workflow', 'one on one'),
       ($1, 'workflow', 'Flow-7')`,
    [acme.orgId],
  );
  await database.owner.query(
    `insert into function_holder (org_id, scope_id, function, position, person_id)
     values ($1, $2, 'product', 1, $3)`,
    [acme.orgId, acme.scopes.get("search"), personId(acme, "ada")],
  );
  ask = asker(brainOf(database.pool), acme);
});

describe("a name", () => {
  it("is found among hundreds that look alike", async () => {
    expect((await ask("ada", "workflow flow-257")).command).toBe("workflow flow-257");
    expect((await ask("ada", "workflow flow 257")).command).toBe("workflow flow-257");
    expect((await ask("ada", "workflow FLOW_257")).command).toBe("workflow flow-257");
  });

  it("in its own spelling wins over another that differs in case", async () => {
    expect((await ask("ada", "workflow Flow-7")).command).toBe("workflow Flow-7");
    expect((await ask("ada", "workflow flow-7")).command).toBe("workflow flow-7");
    expect((await ask("ada", "workflow FLOW-7")).state).toBe("not_found");
  });

  it("may hold words of the grammar", async () => {
    expect((await ask("ada", "workflow answer by mail")).command).toBe('workflow "Answer by mail"');
    expect((await ask("ada", "workflow one on one")).command).toBe('workflow "one on one"');
    expect((await ask("ada", "workflow one on one last week")).state).toBe("not_found");
    expect((await ask("ada", 'workflow "one on one" last week')).command).toBe(
      'workflow "one on one" last week',
    );
  });

  it("of a team and a project is the team's, with a button for the project", async () => {
    const answer = await ask("ada", "payments");
    expect(answer.command).toBe("team payments");
    expect(answer.actions).toContainEqual({
      kind: "ask",
      label: "project payments",
      command: "project payments this month",
    });
    expect((await ask("ada", "project payments")).command).toBe("project payments");
  });

  it("of a living scope wins over a retired one's, which its path still finds", async () => {
    expect((await ask("ada", "project archive")).command).toBe("project archive");
    expect((await ask("ada", "project search/archive")).command).toBe("project search/archive");
    expect((await ask("ada", "owners project archive")).sentence).toContain("Ada Byron");
    expect((await ask("ada", "owners project search/archive")).sentence).toContain("Grace Hopper");
    expect((await ask("ada", "project gone")).command).toBe("project search/gone");
  });

  it("that is left out is one's own team, with buttons for one's others", async () => {
    const answer = await ask("ada", "");
    expect(answer.command).toBe("team payments");
    expect(answer.actions).toContainEqual({
      kind: "ask",
      label: "team search",
      command: "team search this month",
    });
  });

  it("cannot be a formula in a download", async () => {
    await append(database.pool, acme.orgId, [
      {
        source: "seed",
        externalId: "formula",
        occurredAt: "2026-11-20T10:00:00Z",
        provider: "openai",
        model: "gpt-4o",
        tokens: { input: 1_000_000, output: 0 },
        tags: { agent: "checkout-agent", workflow: "=cmd()" },
      },
    ]);
    const answer = await ask("ada", 'workflow "=cmd()"');
    expect(answer.command).toBe('workflow "=cmd()"');
    expect(answer.download?.csv).toContain("total,'=cmd(),2026-11-01");
    expect(answer.download?.csv).not.toMatch(/(^|,)=/m);
  });
});
