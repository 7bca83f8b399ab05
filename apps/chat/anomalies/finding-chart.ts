import type { DayCost, HourCost } from "#core/anomalies/schema.ts";
import type { Chart } from "#core/answers/schema.ts";
import { addDays, parseDay, wallClock } from "#core/time.ts";
import { saidDay } from "../said/said-period.ts";
import { saidDollars } from "./finding-words.ts";

const HOUR_MS = 3_600_000;

/** The last hours with the range that is usual at their time of day. Undefined without hours. */
export function findingChart(hours: readonly HourCost[], timeZone: string): Chart | undefined {
  const last = hours.at(-1);
  if (last === undefined) return undefined;
  const name = ({ hour }: HourCost) =>
    wallClock(new Date(hour * HOUR_MS), timeZone).time.slice(0, 5);
  const most = hours.reduce((a, b) => (b.cost > a.cost ? b : a), last);
  return {
    kind: "line",
    title: `Cost an hour, last ${hours.length} hours`,
    unit: "USD",
    categories: hours.map(name),
    series: [{ name: "Cost", values: hours.map(({ cost }) => cost) }],
    band: {
      name: "Usual",
      low: hours.map(({ low }) => low),
      high: hours.map(({ high }) => high),
    },
    summary:
      `${saidDollars(last.cost)} from ${name(last)} on, usual ${saidDollars(last.low)} to ` +
      saidDollars(last.high) +
      (most === last ? "" : `; at most ${saidDollars(most.cost)} from ${name(most)} on`),
  };
}

const EPOCH = parseDay("1970-01-01");

/** The last days with the range that is usual on their weekday. Undefined without days. */
export function daysChart(days: readonly DayCost[]): Chart | undefined {
  const last = days.at(-1);
  if (last === undefined) return undefined;
  const name = ({ day }: DayCost) => saidDay(addDays(EPOCH, day));
  return {
    kind: "line",
    title: `Cost a day, last ${days.length} days`,
    unit: "USD",
    categories: days.map(name),
    series: [{ name: "Cost", values: days.map(({ cost }) => cost) }],
    band: {
      name: "Usual",
      low: days.map(({ low }) => low),
      high: days.map(({ high }) => high),
    },
    summary:
      `${saidDollars(last.cost)} on ${name(last)}, usual ${saidDollars(last.low)} to ` +
      `${saidDollars(last.high)} on its weekday`,
  };
}
