import type { EntryStatus } from "#core/ledger/schema.ts";
import { NEW_MODEL } from "./agents.ts";
import { type Calendar, hoursOf } from "./calendar.ts";
import type { Agent, Model, Rhythm } from "./cast.ts";
import { callersOf } from "./people.ts";
import { heavyTail, type Random, randomOf } from "./random.ts";

/** An hour of one agent, caller and model before it has figures: how much, and of what kind. */
export interface Shape {
  readonly agent: Agent;
  readonly hour: Date;
  readonly model: Omit<Model, "share">;
  readonly key: string;
  readonly environment: "production" | "ci";
  readonly status: EntryStatus;
  readonly caller: string | undefined;
  readonly revision: string | undefined;
  /** Relative number of calls, and tokens per call against the workflow's average. */
  readonly calls: number;
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

const HOURS_OF_WEEK = Array.from({ length: 168 }, (_, hour) => hour);

/** How busy the hour is, by hour of the week from Monday 00:00 UTC. */
function busy(rhythm: Rhythm, hourOfWeek: number): number {
  const hour = hourOfWeek % 24;
  const weekend = hourOfWeek >= 120;
  switch (rhythm) {
    case "around_the_clock":
      return (
        (0.35 + 0.65 * Math.max(0, Math.sin(((hour - 5) / 18) * Math.PI))) * (weekend ? 0.7 : 1)
      );
    case "working_hours":
      return weekend || hour < 7 || hour > 18
        ? 0
        : 0.5 + 0.5 * Math.sin(((hour - 6) / 13) * Math.PI);
    case "night":
      return hour >= 1 && hour <= 3 ? 1 : 0;
  }
}

const WEEK_OF: Readonly<Record<Rhythm, number>> = {
  around_the_clock: weekOf("around_the_clock"),
  working_hours: weekOf("working_hours"),
  night: weekOf("night"),
};

function weekOf(rhythm: Rhythm): number {
  return HOURS_OF_WEEK.reduce((sum, hour) => sum + busy(rhythm, hour), 0);
}

const HOUR_MS = 3_600_000;
const GROWTH_A_DAY = 0.0016;
/** Monday 1970-01-05 00:00 UTC. */
const MONDAY_MS = 4 * 24 * HOUR_MS;

/** Every hour of an agent, in order, stories included. */
export function shapesOf(agent: Agent, calendar: Calendar): Shape[] {
  const random = randomOf(agent.agent);
  const callers = callersOf(agent);
  const tail = heavyTail(callers.length, 1.35);
  return hoursOf(calendar).flatMap((hour) => {
    const growth = growthAt(hour, calendar);
    const hourOfWeek = Math.floor((hour.getTime() - MONDAY_MS) / HOUR_MS) % 168;
    const level = (growth * busy(agent.rhythm, hourOfWeek)) / WEEK_OF[agent.rhythm];
    const usual = level === 0 ? [] : usualHour(agent, hour, level, { random, callers, tail });
    return [...usual.map((shape) => withStories(shape, calendar)), ...loop(agent, hour, calendar)];
  });
}

function growthAt(hour: Date, calendar: Calendar): number {
  const days = (hour.getTime() - calendar.start.getTime()) / (24 * HOUR_MS);
  return Math.exp(GROWTH_A_DAY * days);
}

interface Company {
  random: Random;
  callers: readonly string[];
  tail: readonly number[];
}

function usualHour(agent: Agent, hour: Date, level: number, company: Company): Shape[] {
  const { random, callers, tail } = company;
  const total = agent.calls * level * random.factor(0.12);
  const present = new Set<number>();
  for (let tries = 0; tries < agent.callers.an * 2 && present.size < agent.callers.an; tries += 1) {
    present.add(random.pick(tail));
  }
  const shares = [...present].map((rank) => (tail[rank] ?? 0) * random.factor(0.3));
  const sum = shares.reduce((left, right) => left + right, 0);
  return [...present].map((rank, index) => ({
    agent,
    hour,
    model: agent.models[random.pick(agent.models.map((model) => model.share))] ?? NEW_MODEL,
    key: agent.key,
    environment: "production",
    status: "ok",
    caller: callers[rank],
    revision: undefined,
    calls: (total * (shares[index] ?? 0)) / sum,
    input: agent.input * random.factor(0.05),
    output: agent.output * random.factor(0.08),
    cached: agent.cached * random.factor(0.04),
  }));
}

/** What changed at a known hour, and stayed. */
function withStories(shape: Shape, calendar: Calendar): Shape {
  const { agent, hour } = shape;
  switch (agent.agent) {
    case "checkout-agent":
      return hour < calendar.promptGrew
        ? { ...shape, revision: "checkout-30" }
        : { ...shape, revision: "checkout-31", input: shape.input * 1.38 };
    case "copilot-answers":
      return hour < calendar.cacheFrom ? shape : { ...shape, cached: shape.cached * 1.9 };
    case "knowledge-bot": {
      // Whose names are that long was moved: about every third caller.
      const moved = hour >= calendar.newModelFrom && (shape.caller?.length ?? 0) % 3 === 0;
      return moved ? { ...shape, model: NEW_MODEL } : shape;
    }
    default:
      return shape;
  }
}

/** One night a CI job called the checkout agent over and over: nine times its usual calls. */
function loop(agent: Agent, hour: Date, calendar: Calendar): Shape[] {
  if (agent.agent !== "checkout-agent" || hour < calendar.loopStart || hour >= calendar.loopEnd) {
    return [];
  }
  const level = (agent.calls * growthAt(hour, calendar)) / HOURS_OF_WEEK.length;
  return [
    {
      agent,
      hour,
      model: agent.models[0] ?? NEW_MODEL,
      key: "ci-nightly-7",
      environment: "ci",
      status: "retry",
      caller: undefined,
      revision: undefined,
      calls: level * 9,
      input: agent.input,
      output: agent.output * 0.4,
      cached: 0,
    },
  ];
}
