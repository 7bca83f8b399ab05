import type { Pool } from "pg";
import { transaction } from "#core/db/transaction.ts";

/** What entries carry as an id: values of dimensions, persons, and where a price came from. */
export type NamedBy =
  | "provider"
  | "model"
  | "key"
  | "account"
  | "workflow"
  | "product"
  | "customer"
  | "feature"
  | "environment"
  | "person"
  | "price";

const CACHED_NAMES = 500_000;

/**
 * Gives names their ids, making the unknown ones. Outside of any transaction, so that the cache
 * never holds an id that was rolled back; an id that no entry came to use does no harm.
 */
export interface Names {
  /** Afterwards `idOf` knows every name given here. */
  ensure(orgId: number, wanted: ReadonlyMap<NamedBy, ReadonlySet<string>>): Promise<void>;
  idOf(orgId: number, by: NamedBy, name: string | undefined): number;
  /** Would `idOf` know them all without asking? */
  knows(orgId: number, wanted: ReadonlyMap<NamedBy, ReadonlySet<string>>): boolean;
  /** After a person was erased: a name may come back as somebody else. */
  forget(orgId: number): void;
}

export function createNames(pool: Pool): Names {
  const cache = new Map<string, Map<string, number>>();
  let cached = 0;
  const mapOf = (orgId: number, by: NamedBy) => {
    const key = `${orgId} ${by}`;
    let found = cache.get(key);
    if (found === undefined) {
      found = new Map();
      cache.set(key, found);
    }
    return found;
  };
  return {
    async ensure(orgId, wanted) {
      for (const [by, names] of wanted) {
        const known = mapOf(orgId, by);
        const missing = [...names].filter((name) => !known.has(name)).sort();
        if (missing.length === 0) continue;
        if (cached + missing.length > CACHED_NAMES) {
          cache.clear();
          cached = 0;
          return this.ensure(orgId, wanted);
        }
        for (const [name, id] of await idsOf(pool, orgId, by, missing)) {
          known.set(name, id);
          cached += 1;
        }
      }
    },
    idOf(orgId, by, name) {
      if (name === undefined) return 0;
      const id = mapOf(orgId, by).get(name);
      if (id === undefined) throw new Error(`the ${by} '${name}' was not ensured`);
      return id;
    },
    knows(orgId, wanted) {
      for (const [by, names] of wanted) {
        const known = mapOf(orgId, by);
        for (const name of names) if (!known.has(name)) return false;
      }
      return true;
    },
    forget(orgId) {
      cache.delete(`${orgId} person`);
    },
  };
}

async function idsOf(
  pool: Pool,
  orgId: number,
  by: NamedBy,
  names: readonly string[],
): Promise<[string, number][]> {
  if (by === "person") return personIds(pool, orgId, names);
  const [make, find] = by === "price" ? PRICE : DIMENSION;
  const values = by === "price" ? [orgId, names] : [orgId, names, by];
  await pool.query(make, values);
  const { rows } = await pool.query<{ name: string; id: number }>(find, values);
  return rows.map((row) => [row.name, row.id]);
}

const DIMENSION = [
  `insert into dimension_value (org_id, dimension, value)
   select $1, $3, n from unnest($2::text[]) n
   where not exists (select from dimension_value v
     where v.org_id = $1 and v.dimension = $3 and v.value = n)
   order by n on conflict (org_id, dimension, value) do nothing`,
  `select v.value as name, v.id from dimension_value v
   where v.org_id = $1 and v.dimension = $3 and v.value = any ($2::text[])`,
] as const;

const PRICE = [
  `insert into price_provenance (org_id, description)
   select $1, n from unnest($2::text[]) n
   where not exists (select from price_provenance p where p.org_id = $1 and p.description = n)
   order by n on conflict (org_id, description) do nothing`,
  `select p.description as name, p.id from price_provenance p
   where p.org_id = $1 and p.description = any ($2::text[])`,
] as const;

const FIND_PERSONS = `select n as name, min(d.person_id) as id
  from unnest($2::text[]) n
  join person_detail d on d.org_id = $1
    and (d.key = n or d.email = lower(n) or lower(d.github_login) = lower(n))
  group by n`;

/**
 * People are found by their key, e-mail or login; a name nobody has becomes a new opaque person.
 */
async function personIds(
  pool: Pool,
  orgId: number,
  names: readonly string[],
): Promise<[string, number][]> {
  const found = await findPersons(pool, orgId, names);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length === 0) return [...found];
  await transaction(pool, async (tx) => {
    // Two appends may meet the same new name: one makes it, the other waits and finds it.
    await tx.query("select pg_advisory_xact_lock(hashtext('person'), $1)", [orgId]);
    await tx.query(
      `with wanted as (
         select n, row_number() over (order by n) as ordinal from unnest($2::text[]) n
         where not exists (select from person_detail d where d.org_id = $1 and d.key = n)),
       made as (
         insert into person (org_id) select $1 from wanted returning id),
       numbered as (select id, row_number() over (order by id) as ordinal from made)
       insert into person_detail (org_id, person_id, key, email)
       select $1, m.id, w.n, case when w.n ~ '^[^@[:space:]]+@[^@[:space:]]+$' then lower(w.n) end
       from wanted w join numbered m using (ordinal)`,
      [orgId, missing],
    );
  });
  return [...(await findPersons(pool, orgId, names))];
}

async function findPersons(
  pool: Pool,
  orgId: number,
  names: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ name: string; id: number }>(FIND_PERSONS, [orgId, names]);
  return new Map(rows.map((row) => [row.name, row.id]));
}
