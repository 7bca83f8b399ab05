import type { UsageEventInput } from "#core/ledger/schema.ts";
import type { Day } from "#core/time.ts";

interface Stream {
  readonly name: string;
  readonly tags: UsageEventInput["tags"];
  readonly provider: string;
  readonly model: string;
  readonly key?: string;
  readonly calls: (day: Day) => number;
  /** Tokens per call. */
  readonly input: (day: Day) => number;
  readonly cacheRead?: (day: Day) => number;
  readonly output: number;
}

const flat = (value: number) => () => value;
const from = (day: string, value: number, before: number) => (at: Day) =>
  at >= day ? value : before;

export const STREAMS: readonly Stream[] = [
  {
    name: "checkout",
    tags: { agent: "checkout-agent", workflow: "refunds", customer: "globex", person: "ada" },
    provider: "anthropic",
    model: "claude-sonnet-4-5",
    key: "ci-nightly-7",
    calls: from("2026-11-01", 1_100, 1_000),
    // The story of November: input 38% longer from the 10th on.
    input: from("2026-11-10", 27_600, 20_000),
    cacheRead: from("2026-11-01", 6_000, 4_000),
    output: 500,
  },
  {
    name: "refund",
    tags: {
      agent: "refund-agent",
      workflow: "refunds",
      customer: "initech",
      person: "u1",
      product: "disputes-desk",
    },
    provider: "anthropic",
    model: "claude-haiku-4-5",
    calls: flat(2_000),
    input: flat(4_000),
    output: 400,
  },
  {
    name: "crawler",
    tags: { agent: "crawler", workflow: "Support copilot", person: "sam", environment: "ci" },
    provider: "openai",
    model: "gpt-4o",
    calls: flat(3_000),
    input: flat(3_000),
    output: 300,
  },
  {
    name: "legal",
    tags: { team: "legal-ops", workflow: "contract extraction", feature: "drafts" },
    provider: "openai",
    model: "gpt-4o",
    calls: flat(200),
    input: flat(12_000),
    output: 900,
  },
  {
    name: "untagged",
    tags: {},
    provider: "openai",
    model: "gpt-4o",
    key: "7f3a9c2e41d85b6f7f3a9c2e41d85b6f7f3a9c2e41d85b6f7f3a9c2e41d85b6f",
    calls: flat(50),
    input: flat(10_000),
    output: 100,
  },
  {
    name: "mystery",
    tags: { project: "ranker", agent: "triage" },
    provider: "homegrown",
    model: "mystery-1",
    calls: from("2026-11-01", 400, 0),
    input: flat(1_000),
    output: 100,
  },
];

export function eventOf(stream: Stream, day: Day): UsageEventInput | undefined {
  const calls = stream.calls(day);
  if (calls === 0) return undefined;
  return {
    source: "seed",
    externalId: `${stream.name}-${day}`,
    occurredAt: `${day}T10:00:00Z`,
    kind: "bucket",
    provider: stream.provider,
    model: stream.model,
    requestCount: calls,
    tokens: {
      input: stream.input(day) * calls,
      cacheRead: (stream.cacheRead?.(day) ?? 0) * calls,
      output: stream.output * calls,
    },
    tags: stream.tags,
    ...(stream.key === undefined ? {} : { key: stream.key }),
  };
}
