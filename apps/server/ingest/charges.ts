import type { Pool } from "pg";
import { type ParsedCharge, parseCharges } from "#apps/connectors/charges.ts";
import { rehearse, transaction } from "#core/db/transaction.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import { recordCredit } from "#core/ledger/prepaid.ts";
import type { AppendOutcome, UsageEvent } from "#core/ledger/schema.ts";
import type { Clock } from "#core/time.ts";
import {
  append,
  type Delivery,
  type IngestToken,
  type Problem,
  type Trace,
  tracesSaid,
} from "./delivery.ts";

export interface ChargeDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, "append" | "preview">;
}

export interface ChargeOptions {
  /** Says what would become of the charges, as far as can be told, and writes nothing. */
  readonly dryRun?: boolean;
}

type State = "appended" | "duplicate" | "traced" | "conflict" | "refused" | "forbidden";

/** Stores the charges of a delivery: entries of the ledger, and prepaid credit beside it. */
export async function deliverCharges(
  deps: ChargeDeps,
  token: IngestToken,
  items: readonly unknown[],
  broken: ReadonlySet<number>,
  options: ChargeOptions = {},
): Promise<Delivery> {
  const parsed = parseCharges(items).map(
    (one, index): ParsedCharge =>
      broken.has(index) ? { state: "refused", field: "", reason: "the line is not JSON" } : one,
  );
  const events: UsageEvent[] = [];
  for (const one of parsed) if (one.state === "events") events.push(...one.events);
  const ledger = options.dryRun === true ? { append: deps.ledger.preview } : deps.ledger;
  const outcomes = events.length === 0 ? [] : await append(ledger, token, events);
  const states: State[] = [];
  const problems: Problem[] = [];
  const traces: Trace[] = [];
  let next = 0;
  for (const [index, one] of parsed.entries()) {
    const result = await resultOf(deps, token, one, outcomes.slice(next), options);
    if (one.state === "events") next += one.events.length;
    states.push(result.state);
    const { state } = result;
    if (state === "traced") traces.push({ index, reason: result.reason ?? "" });
    if (state !== "refused" && state !== "conflict" && state !== "forbidden") continue;
    const field = "field" in result && result.field !== "" ? { field: result.field } : {};
    problems.push({ index, state, ...field, reason: result.reason ?? "" });
  }
  const count = (state: State) => states.filter((one) => one === state).length;
  return {
    received: items.length,
    appended: count("appended"),
    unpriced: 0,
    duplicates: count("duplicate"),
    traced: count("traced"),
    ignored: 0,
    conflicts: count("conflict"),
    refused: count("refused") + count("forbidden"),
    problems,
    ...tracesSaid(traces),
  };
}

interface Result {
  readonly state: State;
  readonly field?: string;
  readonly reason?: string;
}

/** `outcomes` begin with those of this charge. */
async function resultOf(
  deps: ChargeDeps,
  token: IngestToken,
  parsed: ParsedCharge,
  outcomes: readonly AppendOutcome[],
  options: ChargeOptions,
): Promise<Result> {
  if (parsed.state === "events") return worst(outcomes.slice(0, parsed.events.length));
  if (parsed.state === "credit") return storeCredit(deps, token, parsed.credit, options);
  return { state: "refused", field: parsed.field, reason: parsed.reason };
}

/** Of the days of one charge: what is wrong with any is wrong with it. */
function worst(outcomes: readonly AppendOutcome[]): Result {
  const bad = outcomes.find(({ state }) => state === "refused" || state === "conflict");
  if (bad?.state === "refused") {
    return { state: bad.forbidden === true ? "forbidden" : "refused", reason: bad.reason };
  }
  if (bad?.state === "conflict") return bad;
  if (outcomes.some(({ state }) => state === "appended")) return { state: "appended" };
  return outcomes.find((one) => one.state === "traced") ?? { state: "duplicate" };
}

/** Credit is the organisation's: a token that is bound to a scope may not write it. */
async function storeCredit(
  { pool, clock }: ChargeDeps,
  token: IngestToken,
  credit: Extract<ParsedCharge, { state: "credit" }>["credit"],
  { dryRun }: ChargeOptions,
): Promise<Result> {
  if (token.scopes !== undefined) {
    return { state: "forbidden", reason: "prepaid credit needs a token without a scope" };
  }
  const write = dryRun === true ? rehearse : transaction;
  const state = await write(pool, (tx) => recordCredit(tx, token.orgId, credit, clock()));
  if (state !== "conflict") return { state };
  return { state, reason: `'${credit.externalId}' came before with another content` };
}
