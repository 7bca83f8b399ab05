import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { z } from "zod";
import { forecastRemainder } from "#core/forecasts/remainder.ts";
import { daysBetween, isoWeekday, parseDay } from "#core/time.ts";

const USAGE = `npm run eval:forecasts -- --cases cases.jsonl --out preds.jsonl

Forecasts the total of each case's period with the product's own forecaster; score the result with
score_forecast.py.
`;

const Case = z.object({
  case_id: z.string(),
  history_start: z.string().transform(parseDay),
  daily_cost: z.array(z.number()),
  period_start: z.string().transform(parseDay),
  as_of: z.string().transform(parseDay),
  period_end: z.string().transform(parseDay),
});
type Case = z.infer<typeof Case>;

/**
 * Total of the period: what is spent so far (its days up to and with `as_of`) and the remainder.
 */
function predict(one: Case) {
  const elapsed = daysBetween(one.period_start, one.as_of) + 1;
  const left = daysBetween(one.as_of, one.period_end);
  const known = one.daily_cost.slice(0, daysBetween(one.history_start, one.as_of) + 1);
  const spent = known.slice(-elapsed).reduce((sum, value) => sum + value, 0);
  const rest = forecastRemainder(known, isoWeekday(one.history_start), left);
  return {
    case_id: one.case_id,
    p10: spent + rest.p10,
    p50: spent + rest.p50,
    p90: spent + rest.p90,
    p99: spent + rest.p99,
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { cases: { type: "string" }, out: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help || values.cases === undefined || values.out === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const out = createWriteStream(values.out);
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(values.cases) })) {
    if (line.trim() === "") continue;
    out.write(`${JSON.stringify(predict(Case.parse(JSON.parse(line))))}\n`);
    count += 1;
  }
  await new Promise<void>((resolve) => out.end(resolve));
  process.stderr.write(`${count} cases forecast\n`);
  return 0;
}

process.exitCode = await main();
