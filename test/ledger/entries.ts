import type { Pool } from "pg";
import type { Entry } from "#core/ledger/entry.ts";
import { type Day, utcDay } from "#core/time.ts";

/** An organisation with no file: for tests of the ledger's own tables. */
export async function makeOrganization(owner: Pool, key: string): Promise<number> {
  const { rows } = await owner.query<{ id: number }>(
    "insert into organization (key, name) values ($1, $1) returning id",
    [key],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an insert returns its row");
  return row.id;
}

/** A plain entry: one call of 1,000 tokens in and 100 out for $0.0045; `over` says what differs. */
export function makeEntry(orgId: number, over: Partial<Entry> = {}): Entry {
  const occurred_at = over.occurred_at ?? new Date("2026-07-07T10:15:00Z");
  const day: Day = utcDay(occurred_at);
  return {
    org_id: orgId,
    day,
    source: "test",
    external_id: "1",
    content_hash: "ab".repeat(16),
    occurred_at,
    recorded_at: new Date("2026-07-07T10:15:05Z"),
    local_day: day,
    kind: "call",
    basis: "metered",
    team_id: 1,
    project_id: 2,
    agent_id: 3,
    provider_id: 1,
    model_id: 2,
    key_id: 0,
    account_id: 0,
    workflow_id: 0,
    product_id: 0,
    customer_id: 0,
    person_id: 0,
    feature_id: 0,
    environment_id: 0,
    attributed_by: "tags",
    operation: null,
    service_tier: "standard",
    status: "ok",
    prompt_revision: null,
    session: null,
    trace: null,
    end_user: null,
    latency_ms: null,
    request_count: 1n,
    error_count: 0n,
    input_tokens: 1000n,
    cache_read_tokens: 0n,
    cache_write_tokens: 0n,
    output_tokens: 100n,
    reasoning_tokens: 0n,
    system_tokens: null,
    retrieval_tokens: null,
    history_tokens: null,
    tool_tokens: null,
    user_tokens: null,
    input_cost: 3_000_000n,
    cache_read_cost: 0n,
    cache_write_cost: 0n,
    output_cost: 1_500_000n,
    reasoning_cost: 0n,
    other_cost: 0n,
    cost: 4_500_000n,
    list_cost: 4_500_000n,
    reported_cost: null,
    price_id: 1,
    estimated: false,
    corrects: null,
    tags: null,
    ...over,
  };
}

/** A small deterministic generator (mulberry32), so that a failing run can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `count` entries over 3 days, 4 agents, 3 models, some with dimensions, persons or no price. */
export function makeEntries(orgId: number, count: number, seed: number): Entry[] {
  const random = seeded(seed);
  const pick = (size: number) => Math.floor(random() * size);
  return Array.from({ length: count }, (_, index) => {
    const occurred_at = new Date(Date.UTC(2026, 6, 7) + pick(3 * 86_400) * 1000);
    const input = BigInt(pick(5000));
    const output = BigInt(pick(800));
    const unpriced = pick(20) === 0;
    const inputCost = unpriced ? 0n : input * 3000n;
    const outputCost = unpriced ? 0n : output * 15_000n;
    return makeEntry(orgId, {
      occurred_at,
      external_id: String(index),
      content_hash: (index + 1).toString(16).padStart(32, "0"),
      agent_id: pick(4),
      model_id: 1 + pick(3),
      workflow_id: pick(3),
      person_id: pick(6),
      customer_id: pick(2),
      error_count: BigInt(pick(2)),
      input_tokens: input,
      output_tokens: output,
      input_cost: inputCost,
      output_cost: outputCost,
      cost: inputCost + outputCost,
      list_cost: inputCost + outputCost,
      reported_cost: pick(2) === 0 ? null : BigInt(pick(1_000_000)),
      price_id: unpriced ? 0 : 1,
    });
  });
}
