import { type Detection, detectChanges } from "#core/estimates/detection/detect.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { type Case, corpusCases, type Expected } from "./corpus-cases.ts";

export interface KindScore {
  readonly kind: Expected["kind"];
  right: number;
  reported: number;
  expected: number;
}

export interface Miss {
  readonly name: string;
  readonly wrong: string;
}

const AT = new Date("2026-11-01T00:00:00Z");
const BOOK = buildPriceBook(loadCatalogue());

export function detectCase({ files }: Case): Detection {
  // The corpus asks what is found, not how long it is: a plain count will do.
  return detectChanges(files, {
    book: BOOK,
    count: (_, text) => Math.ceil(text.length / 4),
    at: AT,
  });
}

const say = ({ kind, path, line, from, to }: Expected): string =>
  `${kind} ${path}:${line}${kind === "prompt" ? "" : ` ${from ?? "(none)"} -> ${to ?? "(none)"}`}`;

/**
 * Precision and recall by kind over the corpus. A change counts if kind, path, line and values are
 * right.
 */
export function scoreCorpus(): {
  scores: KindScore[];
  misses: Miss[];
  cases: number;
  silent: number;
} {
  const scores: KindScore[] = (["model", "params", "prompt"] as const).map((kind) => ({
    kind,
    right: 0,
    reported: 0,
    expected: 0,
  }));
  const misses: Miss[] = [];
  const cases = corpusCases();
  for (const one of cases) {
    const open = one.expected.map(say);
    for (const score of scores) {
      score.expected += one.expected.filter(({ kind }) => kind === score.kind).length;
    }
    for (const change of detectCase(one).changes) {
      const score = scores.find(({ kind }) => kind === change.kind);
      if (score === undefined) continue;
      score.reported += 1;
      const at = open.indexOf(say(change));
      if (at === -1)
        misses.push({ name: one.name, wrong: `not expected: ${say(change)} (${change.why})` });
      else {
        open.splice(at, 1);
        score.right += 1;
      }
    }
    for (const missing of open) misses.push({ name: one.name, wrong: `not found: ${missing}` });
  }
  const silent = cases.filter(({ expected }) => expected.length === 0).length;
  return { scores, misses, cases: cases.length, silent };
}
