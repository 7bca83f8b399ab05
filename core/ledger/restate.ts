import type { Db, Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import { type Booked, book } from "./book.ts";
import { entryName, SUMMED, type Summed } from "./correction.ts";
import { ENTRY_COLUMNS, type Entry, identityOf } from "./entry.ts";

/** What the ledger holds under one id: the entry as it came first, and the sums with corrections. */
interface Held {
  readonly original: Entry;
  /** The newest word on it. */
  readonly newest: Entry;
  readonly sums: Readonly<Record<Summed, bigint>>;
  readonly corrections: number;
}

type Identity = Pick<Entry, "org_id" | "day" | "source" | "external_id">;

const COLUMNS = ENTRY_COLUMNS.map((column) => {
  if (column === "content_hash") return "encode(content_hash, 'hex') as content_hash";
  return column === "tags" ? "tags::text as tags" : column;
}).join(", ");

/** By the name of the entry; all of one organisation and source. */
async function loadHeld(tx: Tx, wanted: readonly Identity[]): Promise<Map<string, Held>> {
  const [first] = wanted;
  if (first === undefined) return new Map();
  const { rows } = await tx.query<Entry>(
    `select ${COLUMNS} from ledger_entry
     where org_id = $1 and source = $2 and day = any ($3::date[])
       and (external_id = any ($4::text[]) or corrects = any ($5::text[]))`,
    [
      first.org_id,
      first.source,
      [...new Set(wanted.map(({ day }) => day))],
      wanted.map(({ external_id }) => external_id),
      wanted.map(entryName),
    ],
  );
  const groups = new Map<string, Entry[]>();
  for (const row of rows) {
    const name = row.corrects ?? entryName(row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return new Map([...groups].flatMap(([name, group]) => heldOf(name, group)));
}

function heldOf(name: string, group: readonly Entry[]): [string, Held][] {
  const original = group.find((row) => row.corrects === null);
  if (original === undefined) return [];
  const sums = Object.fromEntries(
    SUMMED.map((column) => [column, group.reduce((sum, row) => sum + (row[column] ?? 0n), 0n)]),
  ) as Record<Summed, bigint>;
  // Corrections are numbered at their end, so that the greatest id is the newest.
  const newest = group.reduce((a, b) => (b.external_id > a.external_id ? b : a), original);
  return [[name, { original, newest, sums, corrections: group.length - 1 }]];
}

/** What rollups tell apart beside the chain, which stays; a change there moves the whole sum. */
const TOLD_APART = [
  "provider_id",
  "model_id",
  "key_id",
  "account_id",
  "workflow_id",
  "product_id",
  "customer_id",
  "person_id",
  "feature_id",
  "environment_id",
] as const satisfies readonly (keyof Entry)[];

/** None where nothing that adds up has changed. */
function correctionsOf(restated: Entry, held: Held): Entry[] {
  const { newest, sums } = held;
  const priced = (newest.price_id === 0) === (restated.price_id === 0);
  // A second look at a call may know less of what it was for than the first, never more.
  const alike =
    restated.kind === "call" || TOLD_APART.every((column) => newest[column] === restated[column]);
  if (priced && alike) {
    if (SUMMED.every((column) => (restated[column] ?? 0n) === sums[column])) return [];
    const like = restated.kind === "call" ? { ...newest, ...hashed(restated) } : restated;
    return [correction(held, 1, like, (column) => (restated[column] ?? 0n) - sums[column])];
  }
  const reversal = { ...newest, recorded_at: restated.recorded_at };
  return [
    correction(held, 1, reversal, (column) => -sums[column]),
    correction(held, 2, restated, (column) => restated[column] ?? 0n),
  ];
}

/** What tells this word of the source from the one before. */
function hashed({ content_hash, recorded_at, price_id, basis }: Entry) {
  return { content_hash, recorded_at, price_id, basis };
}

function correction(
  { original, corrections }: Held,
  ordinal: number,
  like: Entry,
  amountOf: (column: Summed) => bigint,
): Entry {
  const amounts = Object.fromEntries(SUMMED.map((column) => [column, amountOf(column)]));
  return {
    ...like,
    team_id: original.team_id,
    project_id: original.project_id,
    agent_id: original.agent_id,
    attributed_by: original.attributed_by,
    local_day: original.local_day,
    tags: original.tags,
    ...amounts,
    kind: "correction",
    external_id: `${original.external_id}#${String(corrections + ordinal).padStart(6, "0")}`,
    corrects: entryName(original),
  };
}

/**
 * Books what an authoritative source says now of entries that the ledger holds already: the
 * difference to all that was said of the same id before, the return to an earlier figure included.
 * Entries keep the chain they were booked on. Of two with one id the later word counts.
 */
export async function restateAll(tx: Tx, entries: readonly Entry[]): Promise<Booked[]> {
  const last = new Map(entries.map((entry, index) => [identityOf(entry), index]));
  const states = new Array<Booked>(entries.length).fill("duplicate");
  const corrections: Entry[] = [];
  for (const group of bySource(entries)) {
    const held = await loadHeld(tx, group);
    for (const entry of group) {
      const index = last.get(identityOf(entry));
      const known = held.get(entryName(entry));
      if (index === undefined || entries[index] !== entry || known === undefined) continue;
      if (known.newest.content_hash === entry.content_hash) continue;
      const changes = correctionsOf(entry, known);
      corrections.push(...changes);
      if (changes.length > 0) states[index] = "appended";
    }
  }
  await book(tx, corrections);
  return states;
}

function bySource(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.source);
    if (group === undefined) groups.set(entry.source, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

/** Of a correction that takes an entry back: no event has it, so that the same figures come back. */
const WITHDRAWN_HASH = "ff".repeat(16);

export interface BookedDay {
  readonly orgId: number;
  readonly source: string;
  readonly accountId: number;
  /** A UTC day. */
  readonly day: Day;
}

/** Whether anything of the feed that `prefix` names was booked in this account on the day. */
export async function isBooked(
  db: Db,
  { orgId, source, day }: Omit<BookedDay, "accountId">,
  prefix: string,
): Promise<boolean> {
  const { rows } = await db.query<{ booked: boolean }>(
    `select exists (select from ledger_entry where org_id = $1 and source = $2 and day = $3::date
       and starts_with(external_id, $4)) as booked`,
    [orgId, source, day, prefix],
  );
  return rows[0]?.booked === true;
}

/**
 * Takes back what a source says no more of a day: its entries, in this account and of the feed that
 * `prefix` names, whose id is not among `kept` and that still add up to something. Returns how many.
 */
export async function withdrawOthers(
  tx: Tx,
  { orgId, source, accountId, day }: BookedDay,
  prefix: string,
  kept: ReadonlySet<string>,
  now: Date,
): Promise<number> {
  const { rows } = await tx.query<{ external_id: string }>(
    `select external_id from ledger_entry
     where org_id = $1 and source = $2 and day = $3::date and account_id = $4
       and corrects is null and starts_with(external_id, $5)`,
    [orgId, source, day, accountId, prefix],
  );
  const gone = rows.filter(({ external_id }) => !kept.has(external_id));
  const wanted = gone.map(({ external_id }) => ({ org_id: orgId, source, day, external_id }));
  const held = [...(await loadHeld(tx, wanted)).values()];
  const charged = held.filter(({ sums }) => SUMMED.some((column) => sums[column] !== 0n));
  const corrections = charged.map((one) => {
    const last = { ...one.newest, content_hash: WITHDRAWN_HASH, recorded_at: now };
    return correction(one, 1, last, (column) => -one.sums[column]);
  });
  await book(tx, corrections);
  return corrections.length;
}
