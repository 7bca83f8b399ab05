import { divideHalfEven, type NanoUsd, nanoUsd } from "../money.ts";

/** What can make the same work cheaper, computed from this ledger. */
export const LEVER_KINDS = [
  "prompt_caching",
  "context",
  "output_length",
  "batch",
  "routing",
] as const;
export type LeverKind = (typeof LEVER_KINDS)[number];

/** Nano-dollars per million tokens, as paid. */
export interface TokenRates {
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
}

/** A week of one agent on one model, with what each lever needs to be computed from. */
export interface LeverCell {
  readonly agentId: number;
  readonly modelId: number;
  readonly model: string;
  readonly requests: bigint;
  /** Input holds reads and writes of the cache. */
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly cost: bigint;
  readonly rates: TokenRates;
  /** System and tool tokens, and the input of the calls that say so; absent where no source does. */
  readonly fixed?: { readonly tokens: bigint; readonly ofInput: bigint } | undefined;
  /** Hours of the week in which it was called. */
  readonly activeHours: number;
  /** Output beyond what nine calls in ten needed; absent where calls come in buckets. */
  readonly outputBeyond?: bigint | undefined;
  /** Input per call in the four weeks before. */
  readonly usual?: { readonly input: bigint; readonly requests: bigint } | undefined;
  /** Cost of calls outside production at the standard tier, and at the batch tier. */
  readonly waiting?: { readonly cost: bigint; readonly batchCost: bigint } | undefined;
  /** A cheaper model of the same provider that is in use here. */
  readonly cheaper?: { readonly model: string; readonly rates: TokenRates } | undefined;
}

export interface Lever {
  readonly kind: LeverKind;
  readonly agentId: number;
  /** A week, at last week's calls. */
  readonly saving: NanoUsd;
  /** Its figure rests on a share that nobody measured yet: to be tried behind the gate. */
  readonly isHypothesis: boolean;
  readonly because: LeverGround;
}

/** The measured facts that the saving was computed from. */
export type LeverGround =
  | { readonly kind: "prompt_caching"; readonly uncached: bigint; readonly hitPermille: number }
  | { readonly kind: "context"; readonly now: bigint; readonly usual: bigint }
  | { readonly kind: "output_length"; readonly beyond: bigint; readonly output: bigint }
  | { readonly kind: "batch"; readonly cost: bigint }
  | { readonly kind: "routing"; readonly to: string; readonly ratioTenths: bigint };

/** Half of the calls: printed beside the figure, since no ledger knows which are easy. */
export const ROUTED_PERCENT = 50n;
/** Providers keep a prefix for five minutes. */
const CACHE_WINDOWS_AN_HOUR = 12;
const MILLION = 1_000_000n;

interface Volume {
  readonly uncached: bigint;
  readonly read: bigint;
  readonly write: bigint;
  readonly output: bigint;
}

function volumeOf(cell: LeverCell): Volume {
  const uncached = cell.input - cell.cacheRead - cell.cacheWrite;
  return {
    uncached: uncached < 0n ? 0n : uncached,
    read: cell.cacheRead,
    write: cell.cacheWrite,
    output: cell.output,
  };
}

function priced(volume: Volume, rates: TokenRates): bigint {
  const nano =
    volume.uncached * rates.input +
    volume.read * rates.cacheRead +
    volume.write * rates.cacheWrite +
    volume.output * rates.output;
  return divideHalfEven(nano, MILLION);
}

/**
 * How much of a fixed prefix would be read from the cache, in thousandths: the chance that a call
 * comes within five minutes of the one before, at the week's own density of calls (Poisson).
 */
export function hitPermille(requests: bigint, activeHours: number): number {
  if (activeHours <= 0) return 0;
  const perWindow = Number(requests) / (activeHours * CACHE_WINDOWS_AN_HOUR);
  return Math.floor(1000 * (1 - Math.exp(-perWindow)));
}

/** Tokens that are the same in every call and are not served from the cache yet. */
function uncachedPrefix(cell: LeverCell, volume: Volume): bigint {
  if (cell.fixed === undefined || cell.fixed.ofInput === 0n) return 0n;
  const fixed = (cell.fixed.tokens * cell.input) / cell.fixed.ofInput;
  const open = fixed - cell.cacheRead - cell.cacheWrite;
  if (open <= 0n) return 0n;
  return open < volume.uncached ? open : volume.uncached;
}

function withCaching(cell: LeverCell, volume: Volume): Volume {
  const open = uncachedPrefix(cell, volume);
  const read = (open * BigInt(hitPermille(cell.requests, cell.activeHours))) / 1000n;
  return {
    ...volume,
    uncached: volume.uncached - open,
    read: volume.read + read,
    write: volume.write + (open - read),
  };
}

function excessInput({ usual, input, requests }: LeverCell): bigint {
  if (usual === undefined || usual.requests <= 0n || requests <= 0n) return 0n;
  const excess = input - (usual.input * requests) / usual.requests;
  // Under a tenth is how traffic breathes.
  return excess * 10n > input ? excess : 0n;
}

function withContext(cell: LeverCell, volume: Volume): Volume {
  const excess = excessInput(cell);
  const cut = excess < volume.uncached ? excess : volume.uncached;
  return { ...volume, uncached: volume.uncached - cut };
}

function withOutput(cell: LeverCell, volume: Volume): Volume {
  return { ...volume, output: volume.output - (cell.outputBeyond ?? 0n) };
}

function withBatch(cell: LeverCell, cost: bigint): bigint {
  const { waiting } = cell;
  if (waiting === undefined || cell.cost <= 0n) return cost;
  return cost - divideHalfEven(cost * (waiting.cost - waiting.batchCost), cell.cost);
}

function withRouting(cell: LeverCell, volume: Volume, cost: bigint): bigint {
  if (cell.cheaper === undefined) return cost;
  const there = priced(volume, cell.cheaper.rates);
  return cost - divideHalfEven((cost - there) * ROUTED_PERCENT, 100n);
}

/** What the week would have cost with these levers, and only them. */
function costWith(cell: LeverCell, kinds: ReadonlySet<LeverKind>): bigint {
  let volume = volumeOf(cell);
  // What is in no token class (fees per call) stays as it is.
  const rest = cell.cost - priced(volume, cell.rates);
  if (kinds.has("context")) volume = withContext(cell, volume);
  if (kinds.has("prompt_caching")) volume = withCaching(cell, volume);
  if (kinds.has("output_length")) volume = withOutput(cell, volume);
  let cost = priced(volume, cell.rates);
  if (kinds.has("routing")) cost = withRouting(cell, volume, cost);
  if (kinds.has("batch")) cost = withBatch(cell, cost);
  return cost + rest;
}

/** What one lever, or several at once, would save of a cell in a week. */
export function savingOf(cell: LeverCell, kinds: readonly LeverKind[]): bigint {
  return costWith(cell, new Set()) - costWith(cell, new Set(kinds));
}

function perCall(amount: bigint, requests: bigint): bigint {
  return requests === 0n ? 0n : divideHalfEven(amount, requests);
}

function sum(cells: readonly LeverCell[], of: (cell: LeverCell) => bigint): bigint {
  return cells.reduce((total, cell) => total + of(cell), 0n);
}

function groundOf(kind: LeverKind, cells: readonly LeverCell[]): LeverGround {
  const requests = sum(cells, (cell) => cell.requests);
  switch (kind) {
    case "prompt_caching": {
      const busiest = cells.reduce((a, b) => (b.requests > a.requests ? b : a));
      return {
        kind,
        uncached: sum(cells, (cell) => uncachedPrefix(cell, volumeOf(cell))),
        hitPermille: hitPermille(busiest.requests, busiest.activeHours),
      };
    }
    case "context":
      return {
        kind,
        now: perCall(
          sum(cells, (cell) => cell.input),
          requests,
        ),
        usual: perCall(
          sum(cells, (cell) => cell.input - excessInput(cell)),
          requests,
        ),
      };
    case "output_length":
      return {
        kind,
        beyond: sum(cells, (cell) => cell.outputBeyond ?? 0n),
        output: sum(cells, (cell) => cell.output),
      };
    case "batch":
      return { kind, cost: sum(cells, (cell) => cell.waiting?.cost ?? 0n) };
    case "routing": {
      const dearest = cells
        .filter(({ cheaper }) => cheaper !== undefined)
        .reduce((a, b) => (b.cost > a.cost ? b : a));
      const there = priced(volumeOf(dearest), dearest.cheaper?.rates ?? dearest.rates);
      const here = priced(volumeOf(dearest), dearest.rates);
      return {
        kind,
        to: dearest.cheaper?.model ?? dearest.model,
        ratioTenths: there === 0n ? 0n : divideHalfEven(here * 10n, there),
      };
    }
  }
}

/** Levers by agent, measured ones before hypotheses, the largest first; none under a cent. */
export function leversOf(cells: readonly LeverCell[]): Lever[] {
  const agents = [...new Set(cells.map(({ agentId }) => agentId))];
  const found: Lever[] = [];
  for (const agentId of agents) {
    const own = cells.filter((cell) => cell.agentId === agentId);
    for (const kind of LEVER_KINDS) {
      const helped = own.filter((cell) => savingOf(cell, [kind]) > 0n);
      const saving = sum(helped, (cell) => savingOf(cell, [kind]));
      if (saving < 10_000_000n) continue;
      found.push({
        kind,
        agentId,
        saving: nanoUsd(saving),
        isHypothesis: kind === "routing",
        because: groundOf(kind, helped),
      });
    }
  }
  return found.sort(
    (a, b) =>
      Number(a.isHypothesis) - Number(b.isHypothesis) ||
      (a.saving === b.saving ? a.agentId - b.agentId : a.saving < b.saving ? 1 : -1),
  );
}

/** Savings compose and do not add: all levers on all cells at once, hypotheses left out or in. */
export function combinedSaving(
  cells: readonly LeverCell[],
  levers: readonly Pick<Lever, "kind" | "agentId">[],
): NanoUsd {
  return nanoUsd(
    sum(cells, (cell) =>
      savingOf(
        cell,
        levers.filter(({ agentId }) => agentId === cell.agentId).map(({ kind }) => kind),
      ),
    ),
  );
}
