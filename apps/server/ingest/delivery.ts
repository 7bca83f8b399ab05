import type { ParsedOutcome } from "#apps/connectors/outcome-api.ts";
import type { ParsedEvent } from "#apps/connectors/parsed-event.ts";
import { AispendError } from "#core/errors.ts";
import type { Chain } from "#core/ledger/attribution.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { AppendOutcome, UsageEvent } from "#core/ledger/schema.ts";
import type { OutcomeResult } from "#core/outcomes/schema.ts";

/** What an ingest token opens. */
export interface IngestToken {
  readonly id: number;
  readonly orgId: number;
  /** Where it may write; undefined = everywhere in its organisation. */
  readonly scopes: readonly Chain[] | undefined;
}

export interface Problem {
  /** Of the item in the delivery, from 0. */
  readonly index: number;
  readonly state: "refused" | "forbidden" | "conflict";
  readonly field?: string;
  readonly reason: string;
}

/** An item that is kept and in no total, and why. */
export interface Trace {
  readonly index: number;
  readonly reason: string;
}

/** A feed that is traced as a whole says so once more with every row. */
const MOST_TRACES = 100;

/** What is said of the traces of a delivery: nothing where there are none, else of the first. */
export function tracesSaid(traces: readonly Trace[]): { traces?: readonly Trace[] } {
  return traces.length === 0 ? {} : { traces: traces.slice(0, MOST_TRACES) };
}

/** The answer to a delivery: the totals say both, what was stored and what was not. */
export interface Delivery {
  readonly received: number;
  readonly appended: number;
  /** Of the appended: those without a known price. */
  readonly unpriced: number;
  readonly duplicates: number;
  /** Kept, in no total: another source counts these calls. */
  readonly traced: number;
  /** No usage, such as a span that is no model call. */
  readonly ignored: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly problems: readonly Problem[];
  /** Why the first 100 of the traced are; absent where none is. */
  readonly traces?: readonly Trace[];
}

/** Undefined where the event at this place of the delivery has no problem. */
export function problemOf(
  index: number,
  item: ParsedEvent | AppendOutcome | ParsedOutcome | OutcomeResult,
): Problem | undefined {
  if (item.state === "conflict") return { index, state: "conflict", reason: item.reason };
  if (item.state !== "refused") return undefined;
  if ("field" in item) {
    const { field, reason } = item;
    return { index, state: "refused", ...(field === "" ? {} : { field }), reason };
  }
  return { index, state: item.forbidden ? "forbidden" : "refused", reason: item.reason };
}

/** Appends what could be read and puts the outcomes back into the order of the delivery. */
export async function deliver(
  ledger: Pick<Ledger, "append">,
  token: IngestToken,
  parsed: readonly ParsedEvent[],
): Promise<Delivery> {
  const events: UsageEvent[] = [];
  for (const item of parsed) if (item.state === "event") events.push(item.event);
  const outcomes = events.length === 0 ? [] : await append(ledger, token, events);
  let next = 0;
  const items = parsed.map((item) => (item.state === "event" ? outcomes[next++] : item));
  const problems = items.flatMap((item, index) => {
    const problem = item === undefined ? undefined : problemOf(index, item);
    return problem === undefined ? [] : [problem];
  });
  const traces = items.flatMap((item, index) =>
    item?.state === "traced" ? [{ index, reason: item.reason }] : [],
  );
  const count = (state: string) => items.filter((item) => item?.state === state).length;
  return {
    received: parsed.length,
    appended: count("appended"),
    unpriced: outcomes.filter((outcome) => outcome.state === "appended" && outcome.unpriced).length,
    duplicates: count("duplicate"),
    traced: traces.length,
    ignored: count("ignored"),
    conflicts: count("conflict"),
    refused: count("refused"),
    problems,
    ...tracesSaid(traces),
  };
}

/** What the ledger takes in one transaction; an export of traces may hold more. */
const BATCH_EVENTS = 10_000;

/** Whatever goes wrong while storing is worth another try: what was stored counts once. */
export async function append(
  ledger: Pick<Ledger, "append">,
  token: IngestToken,
  events: readonly UsageEvent[],
): Promise<AppendOutcome[]> {
  const options = token.scopes === undefined ? {} : { tokenScopes: token.scopes };
  const outcomes: AppendOutcome[] = [];
  try {
    for (let start = 0; start < events.length; start += BATCH_EVENTS) {
      const batch = events.slice(start, start + BATCH_EVENTS);
      outcomes.push(...(await ledger.append(token.orgId, batch, options)));
    }
    return outcomes;
  } catch (error) {
    if (error instanceof AispendError) throw error;
    throw new AispendError("ledger_unavailable", "The events could not be stored.", {
      kind: "unavailable",
      help: "Send the same events again: none counts twice.",
      cause: error,
    });
  }
}

/** 200: all good; 207: some; when none is, the status that fits, as for a single event. */
export function statusOf(delivery: Pick<Delivery, "received" | "problems">): number {
  const { received, problems } = delivery;
  if (problems.length === 0) return 200;
  if (problems.length < received) return 207;
  if (problems.every(({ state }) => state === "conflict")) return 409;
  return problems.every(({ state }) => state === "forbidden") ? 403 : 422;
}
