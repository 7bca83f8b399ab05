import type { ServiceTier } from "#core/ledger/schema.ts";
import { withoutVersion } from "./model-name.ts";
import { providerId } from "./provider-name.ts";
import type { Discount, OwnPrice, PriceFile, RegionalUplift } from "./schema.ts";

/** What an organisation agreed with its providers, as aispend.yaml holds it. */
export interface OwnTerms {
  readonly prices: readonly OwnPrice[];
  readonly discounts: readonly Discount[];
  readonly uplifts: readonly RegionalUplift[];
}

export const NO_TERMS: OwnTerms = { prices: [], discounts: [], uplifts: [] };

/** A call as terms name it: every provider and every spelling of the model that means this call. */
export interface TermSubject {
  readonly providers: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
  readonly tier: ServiceTier;
  readonly region: string | undefined;
}

interface Term {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly service_tier?: ServiceTier | undefined;
  readonly region?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Every term that means this call, at whatever time, in the order in which they are asked: the most
 * particular first, of equals the one that began last, then the one written last. So a new price with
 * a `from` needs no `until` on the old one.
 */
export function termsFor<T extends Term>(terms: readonly T[], subject: TermSubject): T[] {
  return terms
    .filter((term) => means(term, subject))
    .reverse()
    .sort((a, b) => particularity(b) - particularity(a) || startOf(b).localeCompare(startOf(a)));
}

function means(term: Term, { providers, models, tier, region }: TermSubject): boolean {
  return (
    (term.model === undefined || models.has(term.model.toLowerCase())) &&
    (term.provider === undefined || providers.has(providerId(term.provider))) &&
    (term.service_tier === undefined || term.service_tier === tier) &&
    (term.region === undefined || term.region.toLowerCase() === region?.toLowerCase())
  );
}

function particularity(term: Term): number {
  return (
    (term.model === undefined ? 0 : 8) +
    (term.provider === undefined ? 0 : 4) +
    (term.region === undefined ? 0 : 2) +
    (term.service_tier === undefined ? 0 : 1)
  );
}

function startOf(term: Term): string {
  return term.from ?? "0000-01-01";
}

/** The start of a term's day in UTC, as milliseconds. */
export function dayMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function isValidAt(term: Term, atMs: number): boolean {
  return (
    (term.from === undefined || dayMs(term.from) <= atMs) &&
    (term.until === undefined || atMs < dayMs(term.until))
  );
}

/** Two terms of which neither is more particular or later: `index` is the second's place in its list. */
export interface TermProblem {
  readonly list: keyof OwnTerms;
  readonly index: number;
  readonly message: string;
}

function subjectText(term: Term): string {
  const parts = [term.model, term.provider, term.service_tier, term.region];
  return parts.filter((part) => part !== undefined).join(", ") || "every model";
}

/** Terms of one kind for the same model, provider, tier and region that begin on the same day. */
export function termProblems(terms: OwnTerms): TermProblem[] {
  return (["prices", "discounts", "uplifts"] as const).flatMap((list) => {
    const seen = new Set<string>();
    const all: readonly Term[] = terms[list];
    return all.flatMap((term, index) => {
      const { model, provider, service_tier, region, from } = term;
      const by = [model?.toLowerCase(), provider && providerId(provider), service_tier];
      const key = JSON.stringify([...by, region?.toLowerCase(), from]);
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      const start = from === undefined ? "without a 'from'" : `from ${from}`;
      const message = `${list} has two entries for ${subjectText(term)} ${start}`;
      return [{ list, index, message }];
    });
  });
}

/** A file of prices by model as own prices of any provider, without an end. */
export function ownPricesFrom(file: PriceFile): OwnPrice[] {
  return Object.entries(file).map(([model, { input, output, cached_input }]) => ({
    model,
    service_tier: "standard",
    input,
    output,
    ...(cached_input === undefined ? {} : { cache_read: cached_input }),
  }));
}

/** The spellings under which own terms may name a model: as sent, without its route, without its version. */
export function termNames(
  sent: string,
  names: readonly string[],
  isSameModel: (name: string) => boolean,
): Set<string> {
  const spelled = new Set([sent.trim().toLowerCase(), ...names]);
  for (const name of names) {
    const plain = withoutVersion(name);
    // gpt-4o-2024-05-13 has another price than gpt-4o: only a version that changes nothing may go.
    if (plain !== name && isSameModel(plain)) spelled.add(plain);
  }
  return spelled;
}
