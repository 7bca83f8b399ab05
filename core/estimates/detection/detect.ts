import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Change, DiffTotals, Skipped } from "../schema.ts";
import { changeOf, type Found, linesOnce, type Said, withBrokenCache } from "./change-of.ts";
import { matchVersions } from "./comparing/catalogue.ts";
import { withoutUses } from "./comparing/defined-beside.ts";
import { isChange, isPart } from "./comparing/is-change.ts";
import { type Located, matchAcross } from "./comparing/match.ts";
import { withMovedConstants } from "./comparing/moved-constant.ts";
import { withoutMoved } from "./comparing/moved-text.ts";
import { type FactsOfVersions, withNamed } from "./comparing/named-instead.ts";
import { inTheirPlaces } from "./comparing/repeated.ts";
import type { Fact, FileFacts } from "./fact.ts";
import { contentReason } from "./file-content.ts";
import { fileKind } from "./file-kind.ts";
import { signsOf } from "./file-signs.ts";
import { type FileVersions, textOf } from "./file-versions.ts";
import { findFacts } from "./find-facts.ts";
import { findUses } from "./find-uses.ts";
import { handedOver } from "./handed-over.ts";
import type { Handed } from "./prompts/prompt-context.ts";
import { asksModel } from "./prompts/prompt-shape.ts";
import { withBeside } from "./prompts/prompt-siblings.ts";
import { withoutParts } from "./prompts/reached-facts.ts";
import { rateChanges } from "./rate-change.ts";
import { nearChanges } from "./reading/near-changes.ts";
import { isLineFormat, nearLines } from "./reading/near-lines.ts";
import type { CountTokens } from "./tokens.ts";

export interface Detection {
  readonly changes: Change[];
  readonly skipped: Skipped[];
  readonly totals: DiffTotals;
}

export interface DetectOptions {
  readonly book: PriceBook;
  readonly count: CountTokens;
  readonly at: Date;
}

/**
 * Every change of a model, a prompt or a cost parameter between two versions of a tree, and what was
 * passed over and why. Pure: it reads what it is given and never throws for what a file says.
 */
export function detectChanges(files: readonly FileVersions[], options: DetectOptions): Detection {
  const skipped: Skipped[] = [];
  const found: Found[] = [];
  const removed: Located[] = [];
  const added: Located[] = [];
  const moved = new Map<string, ReadonlySet<string>>();
  const models = new Map<string, string | undefined>();
  const known = new Map<string, FactsOfVersions>();
  const handed = handedOver(files);
  for (const file of files) {
    const facts = factsOfFile(file, options, skipped, handed);
    if (facts === undefined) continue;
    known.set(file.path, facts);
    const model = [...facts.head.facts, ...facts.base.facts].find(
      ({ kind }) => kind === "model",
    )?.value;
    models.set(file.path, model);
    const matched = matchVersions(facts.base, facts.head);
    for (const pair of matched.changed) found.push({ path: file.path, pair, model });
    moved.set(file.path, matched.moved);
    const { path } = file;
    const [old, now] = [textOf(file.base) ?? "", textOf(file.head) ?? ""];
    // What has a partner is not what is left over.
    const paired = new Set(matched.changed.flatMap(({ from, to }) => [from, to]));
    const free = (side: FileFacts): Fact[] => side.facts.filter((fact) => !paired.has(fact));
    const left = (facts: readonly Fact[]): readonly Fact[] =>
      withoutUses(withoutParts(facts, matched.changed.filter(isChange)));
    const gone = inTheirPlaces(left(matched.removed), free(facts.base), old, now);
    const come = inTheirPlaces(left(matched.added), free(facts.head), now, old);
    removed.push(...gone.map((fact) => ({ path, fact })));
    added.push(...come.map((fact) => ({ path, fact })));
  }
  const left = withNamed(withMovedConstants(matchAcross(removed, added, moved), files), known);
  for (const { from, to } of left.edited) {
    found.push({
      path: to.path,
      basePath: from.path,
      pair: { from: from.fact, to: to.fact },
      model: models.get(to.path),
    });
  }
  const model = (path: string): string | undefined => models.get(path);
  for (const { path, fact } of withoutMoved(left.removed, files, "head"))
    found.push({ path, pair: { from: fact }, model: model(path) });
  for (const { path, fact } of withoutMoved(left.added, files, "base"))
    found.push({ path, pair: { to: fact }, model: model(path) });
  const whole = new Set(files.flatMap((file) => (isEdited(file) ? [] : [file.path])));
  const told = found.filter(
    ({ path, pair }) => isChange(pair) && !(whole.has(path) && isPart(pair)),
  );
  const constants = told.flatMap(({ pair: { from, to } }) => (to ?? from)?.defines ?? []);
  const said: Said = {
    usesOf: findUses(new Set(constants), textsOf(files)),
    rates: rateChanges(options.book, options.at),
    lines: linesOnce(files),
    count: options.count,
  };
  const changes = told
    .flatMap((one) => withBrokenCache(one, changeOf(one, said)))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
  return { changes, skipped, totals: totalsOf(changes, files.length, known.size, skipped.length) };
}

/** Undefined for a file without facts to look for. */
function factsOfFile(
  file: FileVersions,
  { book }: DetectOptions,
  skipped: Skipped[],
  handed: Handed,
): FactsOfVersions | undefined {
  const { path, base, head } = file;
  const kind = fileKind(path);
  if (kind.state === "ignored") return undefined;
  // A name without an ending: a script says in its first line what runs it.
  const ran = [base, head].some((side) => textOf(side)?.startsWith("#!") === true);
  if (kind.state === "read" && kind.ifRun === true && !ran) return undefined;
  // A template of anything is passed over without a word, as other files of no known format are.
  const template = kind.state === "read" && kind.ifDescribed === "template";
  if (template && ![base, head].some((side) => asksModel(textOf(side) ?? ""))) return undefined;
  const unreadable = [base, head].find((side) => side.state === "unreadable");
  const reason =
    kind.state === "skipped"
      ? kind.reason
      : unreadable?.state === "unreadable"
        ? unreadable.reason
        : contentReason(kind, textOf(head) ?? textOf(base) ?? "");
  if (reason !== undefined) {
    skipped.push({ path, reason });
    return undefined;
  }
  if (kind.state !== "read" || textOf(base) === textOf(head)) return undefined;
  const before = fileKind(file.basePath ?? path);
  const [old, now] = [textOf(base) ?? "", textOf(head) ?? ""];
  // A script among prompts: `skills/find-skills` without an ending.
  if (kind.format === "prompt" && /^#!/.test(now === "" ? old : now)) return undefined;
  const signs = signsOf(path, [old, now]);
  const named = before.state === "read" ? before : kind;
  const { language } = kind;
  const near =
    language === undefined || language !== named.language
      ? undefined
      : nearChanges(old, now, language);
  const byLines = kind.format === named.format && isLineFormat(kind.format);
  const lines = byLines ? nearLines(old, now, kind.format) : undefined;
  const [was, is] = withBeside(
    findFacts(book.index, path, named, old, {
      signs,
      handed,
      tokens: near?.base,
      near: lines?.base,
    }),
    findFacts(book.index, path, kind, now, {
      signs,
      handed,
      tokens: near?.head,
      near: lines?.head,
    }),
  );
  return { base: was, head: is };
}

function textsOf(files: readonly FileVersions[]): { path: string; text: string }[] {
  return files.flatMap(({ path, head }) =>
    head.state === "text" ? [{ path, text: head.text }] : [],
  );
}

const isEdited = ({ base, head }: FileVersions) => base.state === "text" && head.state === "text";

function totalsOf(
  changes: readonly Change[],
  files: number,
  filesRead: number,
  filesSkipped: number,
): DiffTotals {
  const of = (kind: Change["kind"]): number => changes.filter((one) => one.kind === kind).length;
  let promptDelta = 0;
  for (const { tokens } of changes) {
    if (tokens !== undefined) promptDelta += (tokens.to ?? 0) - (tokens.from ?? 0);
  }
  return {
    files,
    filesRead,
    filesSkipped,
    changes: changes.length,
    models: of("model"),
    prompts: of("prompt"),
    params: of("params"),
    unpriced: changes.filter(({ rates }) => rates?.state === "unpriced").length,
    promptTokens: promptDelta,
  };
}
