import { evidenceOf } from "./evidence.ts";
import type { MaturityFacts } from "./facts.ts";
import { exitsOf } from "./rollout.ts";
import type { Evidence, Maturity, MaturityLevel } from "./schema.ts";

const LEVELS = ["L1", "L2", "L3", "L4", "L5"] as const satisfies readonly MaturityLevel[];

export const LEVEL_SAID: Readonly<Record<MaturityLevel, string>> = {
  L0: "invisible",
  L1: "inventoried",
  L2: "attributed",
  L3: "forecast and budgeted",
  L4: "governed",
  L5: "optimized",
};

const STEPS = [
  ["route", "Route and observe", "days 1-15"],
  ["attribute", "Attribute", "days 16-30"],
  ["define", "Define success and forecast", "days 31-45"],
  ["levers", "Apply levers behind the gate", "days 46-70"],
  ["operate", "Operationalize", "days 71-90"],
] as const;

const NEXT_ACTIONS = 3;

/** A level holds when every line of it, and of all levels below it, is a "yes". */
function levelOf(evidence: readonly Evidence[]): MaturityLevel {
  let level: MaturityLevel = "L0";
  for (const one of LEVELS) {
    if (!evidence.filter((line) => line.level === one).every(({ state }) => state === "yes")) break;
    level = one;
  }
  return level;
}

/** What stands in the way of the next level, then of the one above it. */
function nextActions(evidence: readonly Evidence[]): string[] {
  const open = evidence.filter(({ state }) => state !== "yes");
  const actions = open.map(({ action }) => action).filter((action) => action !== undefined);
  return [...new Set(actions)].slice(0, NEXT_ACTIONS);
}

/** Crawl, walk, run: none, some, all of the lines of a dimension. */
function stagesOf(evidence: readonly Evidence[]): Maturity["stages"] {
  const dimensions = [...new Set(evidence.map(({ dimension }) => dimension))];
  return dimensions.map((dimension) => {
    const lines = evidence.filter((one) => one.dimension === dimension);
    const held = lines.filter(({ state }) => state === "yes").length;
    const stage = held === lines.length ? "run" : held * 2 >= lines.length ? "walk" : "crawl";
    return { dimension, stage };
  });
}

/** Level, evidence, next actions, stages and the 90 days: domain.md section 5. Pure. */
export function assess(facts: MaturityFacts): Maturity {
  const evidence = evidenceOf(facts);
  const exits = exitsOf(facts);
  return {
    level: levelOf(evidence),
    evidence,
    next: nextActions(evidence),
    stages: stagesOf(evidence),
    rollout: STEPS.map(([key, name, days]) => {
      const exit = [...(exits[key] ?? [])];
      return { name, days, exit, done: exit.every(({ state }) => state === "yes") };
    }),
  };
}
