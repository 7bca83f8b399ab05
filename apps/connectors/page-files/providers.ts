import { z } from "zod";
import { addDays, type Day } from "#core/time.ts";
import type { About, SourceDay } from "../source.ts";
import { normaliseAnthropic } from "../sources/anthropic/normalise.ts";
import * as anthropic from "../sources/anthropic/schema.ts";
import { normaliseOpenAi } from "../sources/openai/normalise.ts";
import * as openai from "../sources/openai/schema.ts";
import type { SavedReport } from "./import-pages.ts";
import { addPage, type Page, type Series, seriesDays } from "./page-series.ts";
import { readPage, unknownPage } from "./read-page.ts";

/** Costs of a day are out a day after it. */
const CLOSED_AFTER_DAYS = 2;

interface Shapes<Usage, Cost> {
  readonly title: string;
  readonly usage: z.ZodType<Page<Usage>>;
  readonly costs: z.ZodType<Page<Cost>>;
  normalise(
    day: Day,
    raw: { usage: readonly Usage[]; costs: readonly Cost[]; billed: boolean },
    about: About,
  ): SourceDay;
}

/** Enough of a page to tell what it reports: a row of costs has an amount, a row of usage none. */
const AnyPage = z.object({
  data: z.array(z.object({ results: z.array(z.record(z.string(), z.unknown())) })),
});

/** What a page reports, such as "organization.costs.result"; undefined where it has no row. */
function reportOf(
  page: unknown,
  title: string,
  index: number,
): { name: string; bills: boolean } | undefined {
  const any = AnyPage.safeParse(page);
  if (!any.success) throw unknownPage(title, index, "it has no 'data' with 'results'");
  const [row] = any.data.data.flatMap(({ results }) => results);
  if (row === undefined) return undefined;
  const bills = "amount" in row;
  return { name: `${bills ? "cost" : "usage"} ${String(row.object ?? "")}`.trim(), bills };
}

/** Usage beside the costs of the same days, as the connection reads them. */
function daysOf<Usage, Cost>(
  shapes: Shapes<Usage, Cost>,
  pages: readonly unknown[],
  about: About,
  now: Date,
): SourceDay[] {
  const { title } = shapes;
  const usageSeries = new Map<string, Series<Usage>>();
  const costSeries = new Map<string, Series<Cost>>();
  let before = { name: "usage", bills: false };
  for (const [index, page] of pages.entries()) {
    const open = (before.bills ? costSeries : usageSeries).get(before.name)?.goesOnAt;
    // A page without a row continues what came before it, or says that there was nothing.
    const empty = open === undefined ? { name: `page ${index + 1}`, bills: false } : before;
    before = reportOf(page, title, index) ?? empty;
    const { name } = before;
    if (before.bills) addPage(costSeries, name, readPage(shapes.costs, page, title, index));
    else addPage(usageSeries, name, readPage(shapes.usage, page, title, index));
  }
  const usage = seriesDays(usageSeries);
  const costs = seriesDays(costSeries);
  const days = [...new Set([...usage.keys(), ...costs.keys()])].sort();
  return days.map((day) => {
    const billedFor = costs.get(day) ?? [];
    const isClosed = now.getTime() >= Date.parse(`${addDays(day, CLOSED_AFTER_DAYS)}T00:00:00Z`);
    const billed = billedFor.length > 0 && isClosed;
    return shapes.normalise(day, { usage: usage.get(day) ?? [], costs: billedFor, billed }, about);
  });
}

function savedReport<Usage, Cost>(
  kind: SavedReport["kind"],
  shapes: Shapes<Usage, Cost>,
): SavedReport {
  return {
    kind,
    title: shapes.title,
    feed: "usage",
    daysOf: (pages, about, now) => daysOf(shapes, pages, about, now),
  };
}

const OPENAI: Shapes<openai.UsageResult, openai.CostResult> = {
  title: "OpenAI",
  usage: openai.UsagePage,
  costs: openai.CostPage,
  normalise: normaliseOpenAi,
};

/** Answers of /v1/organization/usage/completions, .../embeddings and /v1/organization/costs. */
export const openAiPages = savedReport("openai", OPENAI);

const ANTHROPIC: Shapes<anthropic.UsageResult, anthropic.CostResult> = {
  title: "Anthropic",
  usage: anthropic.UsagePage,
  costs: anthropic.CostPage,
  normalise: normaliseAnthropic,
};

/** Answers of usage_report/messages and cost_report. */
export const anthropicPages = savedReport("anthropic", ANTHROPIC);
