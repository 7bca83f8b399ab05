import type { ServiceTier } from "#core/ledger/schema.ts";

/** A line of the itemized ledger that the last full calendar month must equal. */
export interface Workflow {
  readonly name: string;
  readonly calls: number;
  readonly averageInput: number;
  readonly costUsd: string;
  /** Exact output per call where a published figure fixes it; the cache then makes the cost. */
  readonly averageOutput?: number;
}

/** The itemized ledger: total $110,000 and 2,886,000 calls. */
export const WORKFLOWS = [
  {
    name: "Support copilot",
    calls: 1_240_000,
    averageInput: 6_800,
    costUsd: "41800",
    averageOutput: 210,
  },
  { name: "Contract extraction", calls: 210_000, averageInput: 12_400, costUsd: "24200" },
  { name: "Sales research agent", calls: 96_000, averageInput: 9_100, costUsd: "17600" },
  { name: "Internal knowledge bot", calls: 880_000, averageInput: 3_200, costUsd: "15400" },
  { name: "Marketing drafting", calls: 140_000, averageInput: 2_400, costUsd: "6600" },
  { name: "Everything else", calls: 320_000, averageInput: 1_900, costUsd: "4400" },
] as const satisfies readonly Workflow[];

export type WorkflowName = (typeof WORKFLOWS)[number]["name"];

/** When an agent is called: around the clock, by people at work, or by a job at night. */
export type Rhythm = "around_the_clock" | "working_hours" | "night";

export interface Model {
  readonly provider: string;
  readonly model: string;
  readonly tier: ServiceTier;
  readonly share: number;
}

type Part = "system" | "retrieval" | "history" | "tools" | "user";

export interface Agent {
  readonly workflow: WorkflowName;
  readonly team: string;
  readonly project: string;
  readonly agent: string;
  readonly key: string;
  readonly rhythm: Rhythm;
  /** Share of the workflow's calls, and tokens per call against the workflow's average. */
  readonly calls: number;
  readonly input: number;
  readonly output: number;
  readonly models: readonly Model[];
  /** Share of input read from the cache; where the cache makes the cost, its relative size. */
  readonly cached: number;
  readonly reasoning: number;
  /** Percent of the input. */
  readonly composition: Readonly<Record<Part, number>>;
  /** How many users or customers share an hour's calls, and out of how many. */
  readonly callers: {
    readonly by: "person" | "customer";
    readonly of: number;
    readonly an: number;
  };
}

const opus = { provider: "anthropic", model: "claude-opus-4-5", tier: "standard" } as const;
const oldOpus = { provider: "anthropic", model: "claude-opus-4-1", tier: "standard" } as const;
const sonnet = { provider: "anthropic", model: "claude-sonnet-4-5", tier: "standard" } as const;
const haiku = { provider: "anthropic", model: "claude-haiku-4-5", tier: "standard" } as const;
const haikuBatch = { ...haiku, tier: "batch" } as const;
const gpt = { provider: "openai", model: "gpt-4o", tier: "standard" } as const;
/** The model that one agent starts to use in the stories. */
export const NEW_MODEL = { provider: "openai", model: "gpt-5-mini", tier: "standard" } as const;

const RETRIEVAL = { system: 18, retrieval: 52, history: 14, tools: 6, user: 10 };
const CHAT = { system: 24, retrieval: 30, history: 30, tools: 8, user: 8 };
const DOCUMENT = { system: 8, retrieval: 0, history: 0, tools: 4, user: 88 };
const AGENTIC = { system: 16, retrieval: 22, history: 34, tools: 24, user: 4 };
const DRAFT = { system: 40, retrieval: 10, history: 20, tools: 0, user: 30 };

export const AGENTS: readonly Agent[] = [
  {
    workflow: "Support copilot",
    team: "cx",
    project: "helpdesk",
    agent: "copilot-answers",
    key: "key-copilot-answers",
    rhythm: "around_the_clock",
    calls: 0.82,
    input: 1.11,
    output: 1.1,
    models: [{ ...opus, share: 1 }],
    cached: 1,
    reasoning: 0,
    composition: CHAT,
    callers: { by: "customer", of: 24, an: 3 },
  },
  {
    workflow: "Support copilot",
    team: "cx",
    project: "helpdesk",
    agent: "copilot-triage",
    key: "key-copilot-triage",
    rhythm: "around_the_clock",
    calls: 0.18,
    input: 0.5,
    output: 0.55,
    models: [{ ...sonnet, share: 1 }],
    cached: 0.6,
    reasoning: 0,
    composition: CHAT,
    callers: { by: "customer", of: 24, an: 1 },
  },
  {
    workflow: "Contract extraction",
    team: "legal-ops",
    project: "contracts",
    agent: "contract-extractor",
    key: "key-contract-extractor",
    rhythm: "working_hours",
    calls: 0.7,
    input: 1.15,
    output: 1,
    models: [{ ...opus, share: 1 }],
    cached: 0.08,
    reasoning: 0.3,
    composition: DOCUMENT,
    callers: { by: "person", of: 12, an: 2 },
  },
  {
    workflow: "Contract extraction",
    team: "legal-ops",
    project: "contracts",
    agent: "clause-checker",
    key: "key-clause-checker",
    rhythm: "working_hours",
    calls: 0.3,
    input: 0.65,
    output: 0.5,
    models: [{ ...sonnet, share: 1 }],
    cached: 0.08,
    reasoning: 0,
    composition: DOCUMENT,
    callers: { by: "person", of: 12, an: 2 },
  },
  {
    workflow: "Sales research agent",
    team: "revenue",
    project: "prospecting",
    agent: "prospect-researcher",
    key: "key-prospect-researcher",
    rhythm: "working_hours",
    calls: 0.65,
    input: 1.2,
    output: 1,
    models: [
      { ...oldOpus, share: 0.45 },
      { ...opus, share: 0.55 },
    ],
    cached: 0.12,
    reasoning: 0.55,
    composition: AGENTIC,
    callers: { by: "person", of: 18, an: 2 },
  },
  {
    workflow: "Sales research agent",
    team: "revenue",
    project: "prospecting",
    agent: "account-briefs",
    key: "key-account-briefs",
    rhythm: "working_hours",
    calls: 0.35,
    input: 0.63,
    output: 0.7,
    models: [{ ...sonnet, share: 1 }],
    cached: 0.1,
    reasoning: 0,
    composition: AGENTIC,
    callers: { by: "person", of: 18, an: 2 },
  },
  {
    workflow: "Internal knowledge bot",
    team: "it",
    project: "knowledge",
    agent: "knowledge-bot",
    key: "key-knowledge-bot",
    rhythm: "working_hours",
    calls: 1,
    input: 1,
    output: 1,
    models: [
      { ...sonnet, share: 0.75 },
      { ...gpt, share: 0.25 },
    ],
    cached: 0.15,
    reasoning: 0,
    composition: RETRIEVAL,
    callers: { by: "person", of: 60, an: 5 },
  },
  {
    workflow: "Marketing drafting",
    team: "brand",
    project: "campaigns",
    agent: "draft-writer",
    key: "key-draft-writer",
    rhythm: "working_hours",
    calls: 1,
    input: 1,
    output: 1,
    models: [
      { ...opus, share: 0.5 },
      { ...sonnet, share: 0.5 },
    ],
    cached: 0.05,
    reasoning: 0,
    composition: DRAFT,
    callers: { by: "person", of: 14, an: 2 },
  },
  {
    workflow: "Everything else",
    team: "payments",
    project: "checkout",
    agent: "checkout-agent",
    key: "key-checkout-agent",
    rhythm: "around_the_clock",
    calls: 0.34,
    input: 1.35,
    output: 1,
    models: [{ ...sonnet, share: 1 }],
    cached: 0.2,
    reasoning: 0,
    composition: AGENTIC,
    callers: { by: "customer", of: 9, an: 1 },
  },
  {
    workflow: "Everything else",
    team: "payments",
    project: "disputes",
    agent: "refund-agent",
    key: "key-refund-agent",
    rhythm: "around_the_clock",
    calls: 0.18,
    input: 1.1,
    output: 1,
    models: [{ ...sonnet, share: 1 }],
    cached: 0.25,
    reasoning: 0,
    composition: AGENTIC,
    callers: { by: "customer", of: 9, an: 1 },
  },
  {
    workflow: "Everything else",
    team: "payments",
    project: "disputes",
    agent: "dispute-tagger",
    key: "ci-nightly-7",
    rhythm: "night",
    calls: 0.1,
    input: 0.7,
    output: 0.2,
    models: [{ ...haiku, share: 1 }],
    cached: 0,
    reasoning: 0,
    composition: DOCUMENT,
    callers: { by: "customer", of: 9, an: 1 },
  },
  {
    workflow: "Everything else",
    team: "search",
    project: "ranking",
    agent: "query-rewriter",
    key: "key-query-rewriter",
    rhythm: "around_the_clock",
    calls: 0.25,
    input: 0.45,
    output: 0.15,
    models: [{ ...haiku, share: 1 }],
    cached: 0.4,
    reasoning: 0,
    composition: DRAFT,
    callers: { by: "customer", of: 9, an: 1 },
  },
  {
    workflow: "Everything else",
    team: "search",
    project: "ranking",
    agent: "relevance-judge",
    key: "key-relevance-judge",
    rhythm: "working_hours",
    calls: 0.05,
    input: 1.6,
    output: 0.6,
    models: [{ ...sonnet, share: 1 }],
    cached: 0.1,
    reasoning: 0,
    composition: RETRIEVAL,
    callers: { by: "person", of: 8, an: 2 },
  },
  {
    workflow: "Everything else",
    team: "data",
    project: "pipelines",
    agent: "row-labeler",
    key: "key-row-labeler",
    rhythm: "night",
    calls: 0.08,
    input: 1.3,
    output: 0.3,
    models: [{ ...haikuBatch, share: 1 }],
    cached: 0,
    reasoning: 0,
    composition: DOCUMENT,
    callers: { by: "customer", of: 9, an: 1 },
  },
];
