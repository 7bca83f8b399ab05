import type pg from "pg";
import { type BrainDeps, createBrain } from "#apps/chat/brain.ts";
import type { Asker, Brain, SurfaceName } from "#apps/chat/surface.ts";
import type { Answer, Audience } from "#core/answers/schema.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { DEFAULT_RACI } from "#core/org/raci-default.ts";
import { ACTIVITIES } from "#core/org/words.ts";
import { addDays, eachDay, parseDay } from "#core/time.ts";
import { eventOf, STREAMS } from "./acme-streams.ts";

/** A Sunday afternoon in Berlin. */
export const NOW = new Date("2026-11-22T14:30:00Z");
export const clock = () => NOW;
const TODAY = parseDay("2026-11-22");

export interface Acme {
  orgId: number;
  /** Ids by key. */
  people: ReadonlyMap<string, number>;
  scopes: ReadonlyMap<string, number>;
}

const PEOPLE = [
  ["ada", "Ada Byron"],
  ["fin", "Fin Okafor"],
  ["grace", "Grace Hopper"],
  ["gov", "Gov Ito"],
  ["pia", "Pia Product"],
  ["sam", "Sam Search"],
  ["u1", "User One"],
  ["u2", "User Two"],
  ["u3", "User Three"],
  ["u4", "User Four"],
  ["u5", "User Five"],
] as const;

/** key, name, parent path. */
const SCOPES = [
  ["team", "payments", "Payments", ""],
  ["team", "search", "Search", ""],
  ["team", "legal-ops", "Legal Ops", ""],
  ["project", "checkout-web", "Checkout web", "payments"],
  ["project", "disputes", "Disputes", "payments"],
  ["project", "ranker", "Ranker", "search"],
  ["project", "2026-roadmap", "2026 roadmap", "search"],
  ["agent", "checkout-agent", "Checkout agent", "payments/checkout-web"],
  ["agent", "refund-agent", "Refund agent", "payments/disputes"],
  ["agent", "triage", "Triage", "payments/disputes"],
  ["agent", "crawler", "Crawler", "search/ranker"],
  ["agent", "triage", "Triage", "search/ranker"],
] as const;

const HOLDERS = [
  ["", "finance", "fin"],
  ["", "engineering", "grace"],
  ["", "governance", "gov"],
  ["", "product", "pia"],
  ["payments", "engineering", "ada"],
] as const;

const OWN_PRICES = [
  { model: "claude-sonnet-4-5", input: "3", output: "15", cache_read: "0.3" },
  { model: "claude-haiku-4-5", input: "1", output: "5" },
  { model: "gpt-4o", input: "2.5", output: "10" },
];

export interface AcmeOptions {
  key: string;
  demonstration?: boolean;
  personDetail?: "self" | "aggregated" | "named";
  timeZone?: string;
}

/** An organisation with people, scopes, roles and prices, and nothing in its ledger. */
export async function makeAcme(owner: pg.Pool, options: AcmeOptions): Promise<Acme> {
  const ids = async (text: string, values: unknown[]) => {
    const { rows } = await owner.query<{ id: number }>(text, values);
    return rows.map(({ id }) => id);
  };
  const [orgId = 0] = await ids(
    `insert into organization (key, name, time_zone, demonstration)
     values ($1, 'Acme', $2, $3) returning id`,
    [options.key, options.timeZone ?? "Europe/Berlin", options.demonstration ?? false],
  );
  const personIds = await ids(
    `insert into person (org_id, origin) select $1, 'file' from generate_series(1, $2::int)
     returning id`,
    [orgId, PEOPLE.length],
  );
  await owner.query(
    `insert into person_detail (org_id, person_id, key, name, email)
     select $1, p.id, p.key, p.name, p.key || '@acme.example'
     from unnest($2::int[], $3::text[], $4::text[]) as p(id, key, name)`,
    [orgId, personIds, PEOPLE.map(([key]) => key), PEOPLE.map(([, name]) => name)],
  );
  const people = new Map<string, number>(PEOPLE.map(([key], at) => [key, personIds[at] ?? 0]));
  const scopes = new Map<string, number>([["", 0]]);
  for (const level of ["team", "project", "agent"]) {
    const some = SCOPES.filter(([kind]) => kind === level);
    const scopeIds = await ids(
      `insert into scope (org_id, kind, key, name, parent_id)
       select $1, $2, s.key, s.name, s.parent
       from unnest($3::text[], $4::text[], $5::int[]) as s(key, name, parent) returning id`,
      [
        ...[orgId, level, some.map(([, key]) => key), some.map(([, , name]) => name)],
        some.map(([, , , parent]) => scopes.get(parent)),
      ],
    );
    for (const [at, [, key, , parent]] of some.entries()) {
      scopes.set(parent === "" ? key : `${parent}/${key}`, scopeIds[at] ?? 0);
    }
  }
  await appoint(owner, { orgId, people, scopes }, options);
  return { orgId, people, scopes };
}

async function appoint(owner: pg.Pool, acme: Acme, options: AcmeOptions): Promise<void> {
  const { orgId, people, scopes } = acme;
  await owner.query(
    `insert into function_holder (org_id, scope_id, function, position, person_id)
     select $1, h.scope, h.function, 1, h.person
     from unnest($2::int[], $3::text[], $4::int[]) as h(scope, function, person)`,
    [
      orgId,
      HOLDERS.map(([scope]) => scopes.get(scope)),
      HOLDERS.map(([, held]) => held),
      HOLDERS.map(([, , person]) => people.get(person)),
    ],
  );
  const rows = ACTIVITIES.map((activity) => ({ activity, ...DEFAULT_RACI[activity] }));
  await owner.query(
    `insert into raci (org_id, scope_id, activity, accountable_function, responsible, consulted,
       informed)
     select $1, 0, r.activity, r.accountable, r.responsible, r.consulted, r.informed
     from jsonb_to_recordset($2) as r(activity text, accountable text, responsible text[],
       consulted text[], informed text[])`,
    [orgId, JSON.stringify(rows)],
  );
  await owner.query(
    `insert into organization_policy (org_id, accountable_person_id, person_detail,
       person_detail_basis) values ($1, $2, $3, $4)`,
    [
      orgId,
      people.get("fin"),
      options.personDetail ?? "self",
      options.personDetail === "named" ? "works council agreement 7" : null,
    ],
  );
  await owner.query(
    `insert into scope_on_call (org_id, scope_id, position, person_id) values ($1, $2, 1, $3)`,
    [orgId, scopes.get("payments"), people.get("sam")],
  );
  await owner.query(
    `insert into price_agreement (org_id, kind, position, terms)
     select $1, 'own', position - 1, terms
     from jsonb_array_elements($2::jsonb) with ordinality as own(terms, position)`,
    [orgId, JSON.stringify(OWN_PRICES)],
  );
}

export async function append(
  pool: pg.Pool,
  orgId: number,
  events: readonly UsageEventInput[],
): Promise<void> {
  const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
  const outcomes = await ledger.append(
    orgId,
    events.map((event) => UsageEvent.parse(event)),
  );
  const bad = outcomes.find(({ state }) => state !== "appended");
  if (bad !== undefined) throw new Error(JSON.stringify(bad));
}

/** Usage of every stream on every day from 1 September to today, both included. */
export async function fillAcme(pool: pg.Pool, acme: Acme): Promise<void> {
  const days = eachDay({ start: parseDay("2026-09-01"), end: addDays(TODAY, 1) });
  const events = days.flatMap((day) => STREAMS.map((stream) => eventOf(stream, day)));
  await append(
    pool,
    acme.orgId,
    events.filter((event) => event !== undefined),
  );
}

export function personId(acme: Acme, key: string): number {
  const id = acme.people.get(key);
  if (id === undefined) throw new Error(`no person '${key}'`);
  return id;
}

export function brainOf(pool: pg.Pool, more: Partial<BrainDeps> = {}): Brain {
  const contexts = cachedContexts(pool, clock);
  return createBrain({
    clock,
    ...more,
    pool,
    priceBookOf: async (orgId) => (await contexts(orgId)).priceBook,
  });
}

export function asPerson(acme: Acme, key: string, surface: SurfaceName = "slack"): Asker {
  return { personId: personId(acme, key), operator: false, account: `${surface}:T1:${key}` };
}

export const OPERATOR: Asker = { personId: undefined, operator: true, account: "cli:operator" };
export const STRANGER: Asker = { personId: undefined, operator: false, account: "slack:T1:U9" };

/** What comes with every question, form and press of one of Acme's people, in private. */
export function privately(acme: Acme, key: string) {
  const audience = { kind: "person", personId: personId(acme, key) } as const;
  return { orgId: acme.orgId, asker: asPerson(acme, key), audience, surface: "slack" } as const;
}

/** Asks in private as one of Acme's people. */
export function asker(brain: Brain, acme: Acme) {
  return (key: string, text: string, audience?: Audience): Promise<Answer> => {
    const from = privately(acme, key);
    return brain.ask({ ...from, text, audience: audience ?? from.audience });
  };
}

/** Presses in private as one of Acme's people. */
export function presser(brain: Brain, acme: Acme) {
  return (
    key: string,
    verb: string,
    token: string,
    values: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => brain.press({ ...privately(acme, key), verb, token, values });
}
