import type { Db, Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import { ENTRY_COLUMNS, type Entry } from "./entry.ts";
import { DIMENSION_SET, HAS_SUM, MOVED_COLUMNS, type MovedRow } from "./moved-pair.ts";

const NAMED = [
  "provider",
  "model",
  "key",
  "account",
  "workflow",
  "product",
  "feature",
  "environment",
  "customer",
] as const;
type Named = (typeof NAMED)[number];

const SCOPES = ["team", "project", "agent"] as const;

/** A day and dimension set, with the names that rules look at. */
export interface Candidate {
  readonly row: MovedRow;
  readonly names: Readonly<Record<Named | (typeof SCOPES)[number], string | undefined>>;
  /** A rule decided its chain, and may decide it anew. */
  readonly byRule: boolean;
}

/** What one local day adds up to, per dimension set. */
export async function listCandidates(tx: Tx, orgId: number, day: Day): Promise<Candidate[]> {
  const values = NAMED.map((name) => `${name}_value.value as ${name}`);
  const { rows } = await tx.query<MovedRow & Record<string, string | null> & { by_rule: boolean }>(
    `select g.*, ${values.join(", ")},
       ${SCOPES.map((kind) => `${kind}.key as ${kind}`).join(", ")}
     from (
       select ${MOVED_COLUMNS},
         bool_and(attributed_by = 'rule') as by_rule
       from ledger_entry
       where org_id = $1 and local_day = $2::date and day >= $2::date - 1 and day <= $2::date + 1
       group by ${DIMENSION_SET} having ${HAS_SUM} order by ${DIMENSION_SET}) g
     ${NAMED.map(
       (name) => `left join dimension_value ${name}_value on ${name}_value.org_id = $1
         and ${name}_value.dimension = '${name}' and ${name}_value.id = g.${name}_id`,
     ).join("\n")}
     ${SCOPES.map(
       (kind) => `left join scope ${kind} on ${kind}.org_id = $1 and ${kind}.id = g.${kind}_id`,
     ).join("\n")}`,
    [orgId, day],
  );
  return rows.map(({ by_rule: byRule, ...row }) => {
    const named = [...NAMED, ...SCOPES].map((name) => [name, row[name] ?? undefined]);
    const entry = Object.fromEntries(
      Object.entries(row).filter(([column]) => !(NAMED_COLUMNS as ReadonlySet<string>).has(column)),
    );
    return {
      row: entry as unknown as MovedRow,
      names: Object.fromEntries(named) as Candidate["names"],
      byRule,
    };
  });
}

const NAMED_COLUMNS = new Set<string>([...NAMED, ...SCOPES]);

const COLUMNS = ENTRY_COLUMNS.map((column) => {
  if (column === "content_hash") return "encode(content_hash, 'hex') as content_hash";
  return column === "tags" ? "tags::text as tags" : column;
}).join(", ");

/** The entries of a batch; none when there was no such batch. */
export async function listBatch(db: Db, orgId: number, batchId: string): Promise<Entry[]> {
  const { rows } = await db.query<Entry>(
    `select ${COLUMNS} from ledger_entry
     where org_id = $1 and source = 'attribution' and starts_with(external_id, $2 || ':')
     order by day, external_id`,
    [orgId, batchId],
  );
  return rows;
}
