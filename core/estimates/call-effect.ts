import type { ServiceTier } from "#core/ledger/schema.ts";
import type { Change, TrafficProfile } from "./schema.ts";

/** What changes do to each call of one call site. */
export interface CallEffect {
  /** The model after the change; absent if it stays. */
  readonly model?: string | undefined;
  /** Tokens that the prompts grow or shrink by. */
  readonly promptTokens: number;
  /** A new limit, which can only cut what is measured: how much a higher one adds is unknown. */
  readonly outputLimit?: number | undefined;
  /** The same for reasoning, which is a part of the output. */
  readonly reasoningLimit?: number | undefined;
  /** Answers asked for in one call, as a factor on the output. */
  readonly completions?: { readonly from: number; readonly to: number } | undefined;
  readonly serviceTier?: { readonly from: ServiceTier; readonly to: ServiceTier } | undefined;
  /** The added text stands behind a cache marker and is read from the cache. */
  readonly cached?: boolean | undefined;
  /** The cache marker is gone: nothing is written to the cache or read from it. */
  readonly cacheOff?: boolean | undefined;
}

/** What one change does, or why that shows at run time only, with what it adds at most. */
export type ChangeEffect =
  | { readonly state: "effect"; readonly effect: CallEffect; readonly assumption?: string }
  | { readonly state: "unknown"; readonly reason: string; readonly atMostOutput?: number };

const NO_EFFECT: CallEffect = { promptTokens: 0 };

function unknown(reason: string, atMostOutput?: number): ChangeEffect {
  return { state: "unknown", reason, ...(atMostOutput === undefined ? {} : { atMostOutput }) };
}

function known(effect: Partial<CallEffect>, assumption?: string): ChangeEffect {
  const whole = { ...NO_EFFECT, ...effect };
  return { state: "effect", effect: whole, ...(assumption === undefined ? {} : { assumption }) };
}

/** Effect of one change on the calls that a profile describes. Pure of prices. */
export function effectOfChange(change: Change, profile: TrafficProfile): ChangeEffect {
  if (change.kind === "model") return modelEffect(change);
  return change.kind === "prompt"
    ? promptEffect(change, profile)
    : parameterEffect(change, profile);
}

function modelEffect({ status, to }: Change): ChangeEffect {
  if (status === "added") return unknown("a new call site: no call of it was made yet");
  if (status === "removed" || to === null) return unknown("where its calls go is not said");
  return known({ model: to });
}

function promptEffect({ status, tokens, path }: Change, profile: TrafficProfile): ChangeEffect {
  if (tokens === undefined) return unknown("its tokens were not counted");
  const promptTokens = (tokens.to ?? 0) - (tokens.from ?? 0);
  if (status === "changed") return known({ promptTokens });
  const verb = status === "added" ? "is taken to carry" : "is taken to have carried";
  return known({ promptTokens }, `every call of ${profile.label} ${verb} ${path}`);
}

const TIERS: Readonly<Record<string, ServiceTier>> = {
  default: "standard",
  standard: "standard",
  standard_only: "standard",
  on_demand: "standard",
  auto: "standard",
  batch: "batch",
  flex: "flex",
  priority: "priority",
  provisioned: "provisioned",
};

function numberOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const value = Number(text.replaceAll("_", ""));
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function parameterEffect(change: Change, profile: TrafficProfile): ChangeEffect {
  const from = numberOf(change.from);
  const to = numberOf(change.to);
  switch (change.role) {
    case "output limit":
      return limitEffect("output", from, to, profile);
    case "thinking budget":
      return limitEffect("reasoning", from, to, profile);
    case "completions": {
      const completions = { from: Math.max(1, from ?? 1), to: Math.max(1, to ?? 1) };
      return known({ completions });
    }
    case "service tier":
    case "batch size":
      return tierEffect(change);
    case "cache":
      return cacheEffect(change, profile);
    default:
      return unknown(`what a changed ${change.role} adds shows at run time only`);
  }
}

/** Within 5% of a limit the limit is what held the answers short. */
const BINDS = 0.95;

function limitEffect(
  part: "output" | "reasoning",
  from: number | undefined,
  to: number | undefined,
  { p90 }: TrafficProfile,
): ChangeEffect {
  const limit = part === "output" ? "outputLimit" : "reasoningLimit";
  if (to !== undefined && (from === undefined || to < from)) return known({ [limit]: to });
  const seen = p90[part] ?? 0;
  const bound = from !== undefined && seen >= from * BINDS;
  if (from === undefined) return unknown(`the new value of the ${part} limit is no number`);
  if (!bound) return known({}, `9 of 10 calls stay under the old ${part} limit of ${from}`);
  const more = to === undefined ? undefined : to - from;
  return unknown(`the old ${part} limit of ${from} held answers short`, more);
}

function tierEffect({ from, to, role }: Change): ChangeEffect {
  const before = from === null ? "standard" : TIERS[from.toLowerCase()];
  const after = to === null ? "standard" : TIERS[to.toLowerCase()];
  if (before === undefined || after === undefined) {
    return unknown(`what a changed ${role} does shows at run time only`);
  }
  return known({ serviceTier: { from: before, to: after } });
}

function cacheEffect({ status, to }: Change, profile: TrafficProfile): ChangeEffect {
  const gone = status === "removed" || /^(?:false|none|off|no|0|null)$/i.test(to ?? "");
  if (!gone) return unknown("how much is read from the cache shows after the change");
  const used = (profile.total.cacheRead ?? 0) > 0;
  return known({ cacheOff: true }, used ? undefined : "nothing is read from the cache today");
}

/** All changes of one call site together. */
export function combineEffects(effects: readonly CallEffect[]): CallEffect {
  let whole = NO_EFFECT;
  const smaller = (left: number | undefined, right: number | undefined): number | undefined =>
    left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
  for (const one of effects) {
    whole = {
      model: one.model ?? whole.model,
      promptTokens: whole.promptTokens + one.promptTokens,
      outputLimit: smaller(whole.outputLimit, one.outputLimit),
      reasoningLimit: smaller(whole.reasoningLimit, one.reasoningLimit),
      completions: one.completions ?? whole.completions,
      serviceTier: one.serviceTier ?? whole.serviceTier,
      cached: one.cached ?? whole.cached,
      cacheOff: one.cacheOff ?? whole.cacheOff,
    };
  }
  return whole;
}
