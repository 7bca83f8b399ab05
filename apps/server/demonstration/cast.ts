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
