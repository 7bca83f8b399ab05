import { beforeAll, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { ACTIVITIES } from "#core/org/words.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, exampleOf } from "./organisation.ts";

const database = useDatabase();
let org = 0;
let other = 0;

beforeAll(async () => {
  org = (await apply(database.pool, exampleOf("acme"))).orgId;
  other = (await apply(database.pool, exampleOf("acme-two"))).orgId;
});

function inOne(statement: string, values: unknown[] = [org]) {
  return transaction(database.pool, async (tx) => {
    await tx.query(statement, values);
  });
}

describe("the database", () => {
  it("holds exactly one Accountable person per activity and scope", async () => {
    for (const orgId of [org, other]) {
      const { rows } = await database.pool.query<{ activity: string; person: number | null }>(
        `with scopes as (select 0 as id union all select id from scope where org_id = $1)
         select a as activity, s.id, (
           select accountable_person($1, s.id, r.accountable_function) from raci r
           where r.org_id = $1 and r.scope_id = 0 and r.activity = a) as person
         from scopes s cross join unnest($2::text[]) as a`,
        [orgId, [...ACTIVITIES]],
      );
      expect(rows).toHaveLength(7 * 7);
      expect(rows.filter(({ person }) => person === null)).toEqual([]);
    }
  });

  it("refuses a second Accountable for an activity of a scope", async () => {
    await expect(
      inOne(
        `insert into raci (org_id, scope_id, activity, accountable_function, responsible, consulted,
           informed) values ($1, 0, 'review_kpis', 'product', '{}', '{}', '{}')`,
      ),
    ).rejects.toMatchObject({ code: "23505" });
    await expect(
      inOne(
        `insert into function_holder (org_id, scope_id, function, position, person_id)
         select org_id, 0, 'finance', 1, id from person where org_id = $1 limit 1`,
      ),
    ).rejects.toMatchObject({ code: "23505" });
  });

  it("refuses to be left without one, at the end of the transaction", async () => {
    for (const statement of [
      "delete from raci where org_id = $1 and scope_id = 0 and activity = 'review_kpis'",
      "delete from function_holder where org_id = $1 and scope_id = 0 and function = 'finance'",
      "update function_holder set position = 2 where org_id = $1 and function = 'finance'",
      `update raci set accountable_function = 'security'
       where org_id = $1 and scope_id = 0 and activity = 'review_kpis'`,
      `insert into raci (org_id, scope_id, activity, accountable_function, responsible, consulted,
         informed) select org_id, id, 'review_kpis', 'security', '{}', '{}', '{}'
       from scope where org_id = $1 and key = 'payments'`,
    ]) {
      await expect(inOne(statement)).rejects.toMatchObject({ code: "23514" });
    }
  });

  it("takes a change that passes through a moment without one", async () => {
    await transaction(database.pool, async (tx) => {
      const { rows } = await tx.query<{ person_id: number }>(
        `delete from function_holder where org_id = $1 and scope_id = 0 and function = 'finance'
         returning person_id`,
        [org],
      );
      await tx.query(
        `insert into function_holder (org_id, scope_id, function, position, person_id)
         values ($1, 0, 'finance', 1, $2)`,
        [org, rows[0]?.person_id],
      );
    });
  });

  it("looks at the ancestors, and at where a moved scope now is", async () => {
    const payments =
      "(select id from scope where org_id = $1 and kind = 'team' and key = 'payments')";
    await inOne(
      `insert into function_holder (org_id, scope_id, function, position, person_id)
       select org_id, ${payments}, 'security', 1, id from person where org_id = $1 limit 1`,
    );
    await inOne(
      `insert into raci (org_id, scope_id, activity, accountable_function, responsible, consulted,
         informed) select org_id, id, 'review_kpis', 'security', '{}', '{}', '{}'
       from scope where org_id = $1 and key = 'disputes'`,
    );
    await expect(
      inOne(
        `update scope set parent_id = (select id from scope where org_id = $1 and kind = 'team'
           and key = 'search') where org_id = $1 and key = 'disputes'`,
      ),
    ).rejects.toMatchObject({ code: "23514" });
  });

  it("names only people of the same organisation", async () => {
    await expect(
      inOne(
        `insert into function_holder (org_id, scope_id, function, position, person_id)
         select $1, 0, 'security', 1, id from person where org_id = $2 limit 1`,
        [org, other],
      ),
    ).rejects.toMatchObject({ code: "23503" });
  });
});
