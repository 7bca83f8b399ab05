import { readBaseFiles } from "#core/estimates/base-files.ts";
import { detectChanges } from "#core/estimates/detection/detect.ts";
import type { FileVersions } from "#core/estimates/detection/file-versions.ts";
import type { CountTokens } from "#core/estimates/detection/tokens.ts";
import { makeEstimate } from "#core/estimates/estimate.ts";
import { readEvaluation } from "#core/estimates/evaluation.ts";
import { subjectsOf } from "#core/estimates/mapping.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import type { Subject } from "#core/estimates/repository-schema.ts";
import type { DiffReport } from "#core/estimates/schema.ts";
import type { Quote } from "#core/estimates/traffic-schema.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { utcDay } from "#core/time.ts";
import type { Surroundings } from "./github-files.ts";

export interface PullInput {
  readonly files: readonly FileVersions[];
  readonly surroundings: Surroundings;
  readonly base: string;
  readonly head: string;
  readonly now: Date;
  readonly count: CountTokens;
  /** What was met on the way here. */
  readonly notes: readonly string[];
  readonly evaluation: string | undefined;
  readonly baseline: string | undefined;
  /** Asks the server for traffic; undefined where none is set. Resolves to none if it did not answer. */
  readonly quote: ((subjects: readonly Subject[]) => Promise<Quote | undefined>) | undefined;
}

/** Detects, asks for traffic, prices and judges. Whoever reads the result may see all of it. */
export async function estimatePull(input: PullInput): Promise<EstimateReport> {
  const { files, surroundings, base, head, now, count } = input;
  const book = buildPriceBook(loadCatalogue());
  const found = detectChanges(files, { book, count, at: now });
  const diff: DiffReport = { version: 1, base, head, ...found };
  const { repository, snapshot, notes } = readBaseFiles(surroundings.file, surroundings.usage);
  const asked =
    found.changes.length === 0 || input.quote === undefined
      ? undefined
      : await input.quote(repository === undefined ? [] : subjectsOf(repository).slice(0, 50));
  const judged =
    input.evaluation === undefined ? undefined : readEvaluation(input.evaluation, input.baseline);
  const unasked =
    found.changes.length > 0 && input.quote !== undefined && asked === undefined
      ? ["The aispend server did not answer: there is no measured traffic in these figures."]
      : [];
  const more = judged?.state === "refused" ? [`The evaluation is left out: ${judged.reason}.`] : [];
  return makeEstimate({
    diff,
    book,
    at: now,
    visibility: surroundings.visibility,
    sources: { repository, snapshot, quote: asked, today: utcDay(now) },
    evaluation: judged?.state === "read" ? judged.evaluation : undefined,
    notes: [...input.notes, ...notes, ...unasked, ...more],
  });
}
