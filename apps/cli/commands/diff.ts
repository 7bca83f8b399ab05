import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AispendError } from "#core/errors.ts";
import { readBaseFiles } from "#core/estimates/base-files.ts";
import { detectChanges } from "#core/estimates/detection/detect.ts";
import { withTreeUses } from "#core/estimates/detection/find-uses.ts";
import { makeEstimate } from "#core/estimates/estimate.ts";
import { monthText, plainEstimate } from "#core/estimates/estimate-text.ts";
import { readEvaluation } from "#core/estimates/evaluation.ts";
import { EstimateReport, type Evaluation } from "#core/estimates/report-schema.ts";
import { markdownReport } from "#core/estimates/report-text.ts";
import { REPOSITORY_FILE, SNAPSHOT_FILE } from "#core/estimates/repository-file.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { utcDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { loadTokenizers } from "../count-tokens.ts";
import {
  fileAt,
  filesWith,
  findCommit,
  type GitRepository,
  mergeBase,
  openRepository,
} from "../git-repository.ts";
import { fileVersions } from "../git-versions.ts";
import { JSON_OPTION } from "../options.ts";
import { report } from "../report.ts";

interface DiffOptions {
  staged?: boolean;
  format: "table" | "json" | "markdown";
  repo?: string;
  eval?: string;
  evalBaseline?: string;
  json?: boolean;
}

export function addDiff(program: Command, line: CommandLine): void {
  program
    .command("diff")
    .description("what a change of models, prompts and parameters does to the cost of a call")
    .argument("[range]", "BASE..HEAD, or BASE...HEAD from where they parted; else what is staged")
    .option("--staged", "what is staged, against HEAD")
    .addOption(
      new Option("--format <format>", "table, json or markdown")
        .choices(["table", "json", "markdown"])
        .default("table"),
    )
    .option("--repo <path>", "a work tree or a bare repository; the working folder unless given")
    .option("--eval <file>", "an evaluation's result, of promptfoo or ours, for the policy")
    .option("--eval-baseline <file>", "the same of before, where promptfoo wrote a file each")
    .option(...JSON_OPTION)
    .action(async (range: string | undefined, options: DiffOptions) => {
      const json = options.json === true || options.format === "json";
      let refused = false;
      await report(line, json, async () => {
        try {
          return await diff(line, range, options);
        } catch (error) {
          refused = error instanceof AispendError && error.kind === "invalid";
          throw error;
        }
      });
      // 1 is kept for a policy that fails.
      if (refused) line.exitCode = 2;
    });
}

async function diff(
  line: CommandLine,
  range: string | undefined,
  options: DiffOptions,
): Promise<Outcome> {
  if (range !== undefined && options.staged === true) {
    throw new AispendError("range_and_staged", `'${range}' and --staged cannot both be compared`, {
      help: "Give a range or --staged.",
    });
  }
  const repository = await openRepository(options.repo ?? line.workingFolder, line.environment);
  const { base, head } = await sidesOf(repository, range);
  const files = await fileVersions(repository, base, head);
  const readable = files.some((file) =>
    [file.base, file.head].some(({ state }) => state === "text"),
  );
  const book = buildPriceBook(loadCatalogue());
  const at = line.clock();
  const count = readable ? await loadTokenizers() : () => 0;
  const found = detectChanges(files, { book, count, at });
  const changes = withTreeUses(found.changes, await treeTexts(repository, head, found.changes));
  const { notes, ...own } = await baseFiles(repository, base, head);
  const result = EstimateReport.parse(
    makeEstimate({
      book,
      at,
      diff: { version: 1, base, head, ...found, changes },
      sources: { ...own, quote: undefined, today: utcDay(at) },
      // Who runs it sees it alone; what is posted is made by the Action.
      visibility: "private",
      evaluation: evaluationOf(line, options),
      notes,
    }),
  );
  const markdown = options.format === "markdown";
  return {
    text: markdown ? markdownReport(result, monthText(result)) : plainEstimate(result),
    json: result,
    exitCode: result.policy.verdict === "failed" ? 1 : 0,
  };
}

async function baseFiles(repository: GitRepository, base: string, head: string) {
  const sides = async (path: string) => ({
    base: await fileAt(repository, base, path),
    head: await fileAt(repository, head, path),
  });
  const [file, usage] = await Promise.all([sides(REPOSITORY_FILE), sides(SNAPSHOT_FILE)]);
  return readBaseFiles(file, usage);
}

function evaluationOf(line: CommandLine, options: DiffOptions): Evaluation | undefined {
  if (options.eval === undefined) return undefined;
  const text = (file: string): string => readFileSync(resolve(line.workingFolder, file), "utf8");
  const { evalBaseline } = options;
  const read = readEvaluation(
    text(options.eval),
    evalBaseline === undefined ? undefined : text(evalBaseline),
  );
  if (read.state === "read") return read.evaluation;
  throw new AispendError("evaluation_invalid", `${options.eval}: ${read.reason}`, {
    help: "docs/estimates.md has both forms.",
  });
}

/** Files of the tree in which each changed constant stands. */
async function treeTexts(
  repository: GitRepository,
  head: string,
  changes: readonly { readonly defines?: string | undefined }[],
): Promise<Map<string, { path: string; text: string }[]>> {
  const texts = new Map<string, { path: string; text: string }[]>();
  for (const { defines } of changes) {
    if (defines === undefined || texts.has(defines) || texts.size >= 20) continue;
    texts.set(defines, await filesWith(repository, head, defines));
  }
  return texts;
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

async function sidesOf(
  repository: GitRepository,
  range: string | undefined,
): Promise<{ base: string; head: string }> {
  if (range === undefined) {
    // A repository without a commit yet has all of its index as new.
    const base = await findCommit(repository, "HEAD").catch(() => EMPTY_TREE);
    return { base, head: "staged" };
  }
  const found = /^(.*?)(\.{2,3})(.*)$/.exec(range);
  const [, from = range, dots = "..", to = ""] = found ?? [];
  const base = await findCommit(repository, from || "HEAD");
  const head = await findCommit(repository, to || "HEAD");
  return { base: dots === "..." ? await mergeBase(repository, base, head) : base, head };
}
