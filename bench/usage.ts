import type { UsageEvent } from "#core/ledger/schema.ts";
import { seeded } from "#test/ledger/entries.ts";

const MODELS = [
  ["anthropic", "claude-sonnet-4-5"],
  ["anthropic", "claude-haiku-4-5"],
  ["openai", "gpt-5"],
  ["openai", "gpt-4o"],
  ["openai", "gpt-4o-mini"],
] as const;

export interface UsageShape {
  readonly teams: number;
  readonly agentsPerTeam: number;
  readonly personsPerTeam: number;
  /** First instant, and milliseconds between two calls. */
  readonly start: number;
  readonly stepMs: number;
}

/** A company of 8 teams and 48 agents over two weeks and more, as in the production traces. */
export const COMPANY: UsageShape = {
  teams: 8,
  agentsPerTeam: 6,
  personsPerTeam: 12,
  start: Date.UTC(2026, 6, 7),
  stepMs: 4032,
};

export function teamKey(team: number): string {
  return `team-${team}`;
}

export function projectKey(team: number, agent: number): string {
  return `project-${team}-${agent % 3}`;
}

export function agentKey(team: number, agent: number): string {
  return `agent-${team}-${agent}`;
}

/** Call `from` ... `from + count - 1` of a deterministic feed in the order of time. */
export function makeUsage(shape: UsageShape, from: number, count: number, seed = 1): UsageEvent[] {
  const random = seeded(seed + from);
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset;
    // Squared: a few teams and agents make most of the calls.
    const team = Math.floor(random() ** 2 * shape.teams);
    const agent = Math.floor(random() ** 2 * shape.agentsPerTeam);
    const [provider, model] = MODELS[(team + agent) % MODELS.length] ?? MODELS[0];
    const input = 200 + Math.floor(random() ** 3 * 20_000);
    return {
      source: "bench",
      externalId: `call-${index}`,
      occurredAt: new Date(shape.start + index * shape.stepMs).toISOString(),
      kind: "call",
      basis: "metered",
      provider,
      model,
      serviceTier: "standard",
      status: "ok",
      requestCount: 1,
      tokens: {
        input,
        cacheRead: random() < 0.3 ? Math.floor(input / 2) : 0,
        output: 20 + Math.floor(random() ** 2 * 900),
      },
      tags: {
        team: teamKey(team),
        project: projectKey(team, agent),
        agent: agentKey(team, agent),
        person: `user-${team}-${Math.floor(random() * shape.personsPerTeam)}`,
      },
      estimated: false,
    };
  });
}
