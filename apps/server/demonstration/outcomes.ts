import type { OutcomeEvent } from "#core/outcomes/schema.ts";
import { type Day, eachDay, isoWeekday, utcDay } from "#core/time.ts";
import type { Calendar } from "./calendar.ts";
import { randomOf } from "./random.ts";

/** What a workflow of the demonstration is for, and how often that works out. */
interface Purpose {
  readonly workflow: string;
  readonly outcome: string;
  /** Of a day; and on weekends, as a share of it. */
  readonly perDay: number;
  readonly weekend: number;
  readonly success: number;
  /** Growth over the 90 days: below 0, each success takes more and more calls. */
  readonly growth: number;
  /** Dollars that each success earns. */
  readonly revenue?: number;
  readonly product?: string;
}

const PURPOSES: readonly Purpose[] = [
  {
    workflow: "Support copilot",
    outcome: "resolved escalation",
    perDay: 50,
    weekend: 0.7,
    success: 0.95,
    growth: 0.12,
    revenue: 61,
    product: "helpdesk",
  },
  {
    workflow: "Contract extraction",
    outcome: "extracted contract",
    perDay: 58,
    weekend: 0,
    success: 0.93,
    growth: 0.15,
  },
  {
    workflow: "Sales research agent",
    outcome: "qualified lead",
    perDay: 30,
    weekend: 0,
    success: 0.88,
    growth: -0.3,
  },
  {
    workflow: "Internal knowledge bot",
    outcome: "answered request",
    perDay: 64,
    weekend: 0,
    success: 0.9,
    growth: 0.1,
  },
];

const DAY_MS = 86_400_000;
const SCORED_OF = 10;

/** `targets:` of the demonstration's aispend.yaml: $0.40 against $6 wins, $9 does not. */
export const TARGET_LINES: readonly string[] = [
  "targets:",
  "  workflows:",
  "    - { workflow: Support copilot, outcome: resolved escalation, cost_per_outcome: 32, " +
    "human_baseline: 46 }",
  "    - { workflow: Contract extraction, outcome: extracted contract, cost_per_outcome: 25, " +
    "human_baseline: 75 }",
  "    - { workflow: Sales research agent, outcome: qualified lead, cost_per_outcome: 34, " +
    "human_baseline: 120 }",
  "    - { workflow: Internal knowledge bot, outcome: answered request, human_baseline: 9 }",
];

/** Outcomes of every whole day, in the order of time. */
export function demonstrationOutcomes({ start, end }: Calendar): OutcomeEvent[] {
  const days = eachDay({ start: utcDay(start), end: utcDay(end) });
  return PURPOSES.flatMap((purpose) => {
    const random = randomOf(`outcomes of ${purpose.workflow}`);
    return days.flatMap((day, index) => {
      const count = countOn(purpose, day, index / days.length, random.next());
      return Array.from({ length: count }, (_, place) =>
        eventOf(purpose, day, place, count, random.next()),
      );
    });
  });
}

function countOn(purpose: Purpose, day: Day, passed: number, noise: number): number {
  const share = isoWeekday(day) > 5 ? purpose.weekend : 1;
  return Math.round(purpose.perDay * share * (1 + purpose.growth * passed) * (0.9 + noise * 0.2));
}

function eventOf(
  purpose: Purpose,
  day: Day,
  place: number,
  count: number,
  draw: number,
): OutcomeEvent {
  const { workflow, outcome, product, revenue } = purpose;
  const success = draw < purpose.success;
  const at = Date.parse(`${day}T00:00:00Z`) + Math.floor(((place + draw) / (count + 1)) * DAY_MS);
  const scored = place % SCORED_OF === 0;
  return {
    source: "demonstration-desk",
    externalId: `${workflow}-${day}-${place}`,
    occurredAt: new Date(at).toISOString(),
    workflow,
    success,
    outcome,
    ...(product === undefined ? {} : { product }),
    ...(revenue === undefined || !success ? {} : { revenue }),
    ...(scored ? { evalScore: success ? 0.9 + Math.round(draw * 9) / 100 : 0.4 } : {}),
  };
}

/** The gate's table of domain.md, as an experiment that waits for its decision. */
export const DEMONSTRATION_EVALUATION = {
  experiment: "compression and routing",
  workflow: "Support copilot",
  baseline: { costPerCall: "0.0336", passed: 950, cases: 1000 },
  candidates: [
    { name: "aggressive compression", costPerCall: "0.0121", passed: 880, cases: 1000 },
    { name: "gated compression + routing", costPerCall: "0.0149", passed: 954, cases: 1000 },
  ],
} as const;
