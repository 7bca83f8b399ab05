import type { Tx } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { addDays, type Period } from "#core/time.ts";
import { type Attribution, type AttributionBase, attribute, type Chain } from "./attribution.ts";
import { book } from "./book.ts";
import { SUMMED } from "./correction.ts";
import { keptTags } from "./draft.ts";
import { type Moved, type MovedRow, movedPair } from "./moved-pair.ts";
import type { NamedBy, Names } from "./names.ts";
import { type Candidate, listBatch, listCandidates } from "./reattribute-store.ts";

export interface Reattribution {
  readonly orgId: number;
  /** Unique per batch; by it the batch is undone. */
  readonly batchId: string;
  /** Half-open local days. */
  readonly period: Period;
  readonly recordedAt: Date;
}

export interface ReattributionResult {
  /** Days and dimension sets that moved. */
  readonly moved: number;
  readonly requests: bigint;
  readonly cost: NanoUsd;
}

const RULE_TAGS = ["workflow", "product", "feature", "environment"] as const;

/**
 * Applies today's keys, native projects and rules to what was booked before (design.md 4.6): per day
 * and dimension set one entry that reverses and one that books anew. What has no team gets one where
 * it can be told now, what a rule decided is decided anew, and what lacks a dimension gets what a rule
 * sets. What a key, a tag or a claim decided stays. Run again it moves nothing.
 */
export async function reattribute(
  tx: Tx,
  base: AttributionBase,
  names: Names,
  wanted: Reattribution,
): Promise<ReattributionResult> {
  const { orgId, batchId, period, recordedAt } = wanted;
  const said = `attribution ${batchId}`;
  const by = { source: "attribution", batchId, recordedAt, said } as const;
  const all: MovedRow[] = [];
  for (let day = period.start; day < period.end; day = addDays(day, 1)) {
    const changes = (await listCandidates(tx, orgId, day)).flatMap((candidate) => {
      const settled = settle(base, candidate);
      return settled === undefined ? [] : [{ row: candidate.row, settled }];
    });
    await names.ensure(orgId, wantedNames(changes));
    const entries = changes.flatMap(({ row, settled }, index) =>
      movedPair(
        row,
        columnsOf(names, orgId, settled),
        { ...by, decidedBy: settled.open ? "rule" : "correction" },
        `${day}.${index}`,
      ),
    );
    await book(tx, entries);
    all.push(...changes.map(({ row }) => row));
  }
  return sumOf(all);
}

/** Takes a batch back, entry by entry. Throws `batch_not_found`, `batch_undone`. */
export async function undoReattribution(
  tx: Tx,
  wanted: Omit<Reattribution, "period">,
): Promise<ReattributionResult> {
  const { orgId, batchId, recordedAt } = wanted;
  const batch = await listBatch(tx, orgId, batchId);
  if (batch.length === 0) {
    throw new AispendError("batch_not_found", `there is no batch ${batchId}`, {
      kind: "not_found",
      help: "aispend audit export lists every batch as spend.reattributed.",
    });
  }
  if (batch.some(({ external_id }) => external_id.endsWith(":undo"))) {
    throw new AispendError("batch_undone", `batch ${batchId} was undone before`, {
      kind: "conflict",
    });
  }
  const entries = batch.map((entry) => ({
    ...entry,
    ...Object.fromEntries(SUMMED.map((column) => [column, negate(entry[column])])),
    external_id: `${entry.external_id}:undo`,
    recorded_at: recordedAt,
  }));
  await book(tx, entries);
  return sumOf(batch.filter(({ external_id }) => external_id.endsWith(":booking")));
}

function negate(value: bigint | null): bigint | null {
  return value === null ? null : -value;
}

function sumOf(rows: readonly Pick<MovedRow, "cost" | "request_count">[]): ReattributionResult {
  return {
    moved: rows.length,
    requests: rows.reduce((sum, row) => sum + row.request_count, 0n),
    cost: nanoUsd(rows.reduce((sum, row) => sum + row.cost, 0n)),
  };
}

/** Where it belongs now, and what a rule says of it. */
interface Settled {
  /** Whose chain was decided here, and not only what a rule sets beside it. */
  readonly open: boolean;
  readonly chain: Chain;
  readonly tags: Attribution["tags"];
  readonly kept: string | null;
}

/** Undefined where nothing changes. */
function settle(base: AttributionBase, candidate: Candidate): Settled | undefined {
  const { row, names, byRule } = candidate;
  const chain = { teamId: row.team_id, projectId: row.project_id, agentId: row.agent_id };
  const open = byRule || chain.teamId === 0;
  const { unknown = {}, native } = keptOf(row.tags);
  const { provider, model, key, account, team, project, agent, ...dimensions } = names;
  const scopes = open ? unknown : given({ team, project, agent });
  const facts = {
    provider: provider ?? "",
    model: model ?? "",
    key,
    account,
    nativeProject: native,
    tags: { ...given(dimensions), ...scopes },
  };
  const attribution = attribute(base, facts, undefined);
  const settled = {
    open,
    chain: open ? attribution.chain : chain,
    tags: attribution.tags,
    kept: open ? keptTags(attribution, native) : row.tags,
  };
  return isSame(candidate, chain, settled) ? undefined : settled;
}

function isSame({ names }: Candidate, chain: Chain, { chain: now, tags }: Settled): boolean {
  const stays =
    now.teamId === chain.teamId &&
    now.projectId === chain.projectId &&
    now.agentId === chain.agentId;
  return stays && RULE_TAGS.every((tag) => (tags[tag] ?? undefined) === names[tag]);
}

interface Kept {
  readonly unknown?: Readonly<Record<string, string>>;
  readonly native?: string;
}

/** What `keptTags` wrote. */
function keptOf(tags: string | null): Kept {
  return tags === null ? {} : (JSON.parse(tags) as Kept);
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(present);
}

function wantedNames(changes: readonly { settled: Settled }[]): Map<NamedBy, Set<string>> {
  return new Map(
    RULE_TAGS.map((tag) => {
      const named = changes.flatMap(({ settled }) => settled.tags[tag] ?? []);
      return [tag, new Set(named)];
    }),
  );
}

function columnsOf(names: Names, orgId: number, { chain, tags, kept }: Settled): Moved {
  return {
    team_id: chain.teamId,
    project_id: chain.projectId,
    agent_id: chain.agentId,
    workflow_id: names.idOf(orgId, "workflow", tags.workflow),
    product_id: names.idOf(orgId, "product", tags.product),
    feature_id: names.idOf(orgId, "feature", tags.feature),
    environment_id: names.idOf(orgId, "environment", tags.environment),
    tags: kept,
  };
}
