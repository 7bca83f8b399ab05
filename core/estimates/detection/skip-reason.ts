import { pattern } from "./pattern.ts";

export type SkipReason =
  | "lock file"
  | "change log"
  | "documentation"
  | "translation"
  | "test or fixture"
  | "recorded response"
  | "price table"
  | "benchmark"
  | "generated"
  | "vendored"
  | "too large"
  | "binary"
  | "not UTF-8"
  | "submodule"
  | "symbolic link"
  | "too many files";

const LOCK = pattern`
    (?:^|[-_.])lock(?:file)?(?:\.[a-z]+)?$|(?:^|-)lock\.(?:json|yaml|yml|toml)$|\.lock(?:b
    |\.hcl)?$|^(?:go\.sum|npm-shrinkwrap\.json|pnpm-lock\.yaml|gradle\.lockfile
    |packages\.lock\.json)$`;
const CHANGE_LOG = pattern`
    ^(?:change[-_]?log|release[-_]?notes?)(?:[-_.].*)?$
    |^(?:changes|history|news|releases?)(?:[-_.]v?\d.*)?$`;
const DOCUMENT_NAMES = pattern`
    ^(?:readme|contributing|code_of_conduct|security|license|licence|authors|notice|todo|roadmap
    |faq|architecture|design|llms(?:-full)?)(?:[-_.][\w.-]*)?\.(?:md|mdx|rst|txt|adoc)$`;
export const DOCUMENT_FOLDERS = pattern`
    ^(?:docs?|documentation|wiki|website|blog|tutorials?|cookbooks?|changelogs?|changesets?
    |\.changeset|docs?[-_](?:snippets?|samples?|examples?|src|site))$`;
const TEST_FOLDERS = pattern`
    ^(?:tests?|__tests__|specs?|e2e|testing|fixtures?|__fixtures__|test[-_]?data|mocks?|__mocks__
    |__snapshots__|snapshots|unit[-_]?tests?|integration[-_]?tests?|tests?[-_](?!(?:agent|bot
    |assistant)$)\w+|\w+[-_.]tests?|[\w.-]+tests|(?:common|jvm|js|native|desktop|android|ios|unit
    |integration|functional|smoke)test)$`;
const TEST_NAMES = pattern`
    ^test_.*\.py$|^test-.*\.(?:php|[cm]?[jt]sx?)$|^tests?\.(?:[cm]?[jt]sx?|py|php|sh|rs)$
    |_test\.(?:py|go|rb|exs|dart|cc|cpp)$|_spec\.rb$|[._](?:test|spec|tests)s?\.[a-z]+$
    |[._-](?:e2e|cy|stories|snap|fixture|mock)s?\.[a-z]+$|(?:Test|Tests|Spec|IT)\.(?:java|kt|cs
    |php|scala|swift)$|^conftest\.py$|\.snap$|^(?:mock|fixture|stub|fake)s?[._-]|^(?:pytest
    |tox)\.ini$|^(?:jest|vitest|karma|cypress|playwright|wdio)[\w.-]*\.(?:conf|config
    |setup)\.[cm]?[jt]s$|^\.env\.tests?(?:ing)?(?:\.\w+)?$|^application-tests?\.
    |^appsettings\.Test(?:s|ing)?\.`;
const TRANSLATIONS = /^(?:messages|i18n|_?locales?|translations?|l10n|locali[sz]ations?)$/;
/** Sources that hold the texts of one language: `i18n/ja/index.ts`, `locales/de.ts`. */
const TRANSLATED = pattern`
    (?:^|\/)(?:i18n|_?locales?|translations?|l10n|locali[sz]ations?
    |lang)\/(?:\w+\/)?[a-z]{2}(?:[-_][a-z]{2,4})?(?:\/(?!.*prompt)[\w-]+)?\.(?:[cm]?[jt]s|php|rb
    |py|dart|kt)$`;
const RECORDED_FOLDERS =
  /^(?:cassettes?|recordings?|recorded|vcr[-_]?cassettes|__recordings__|golden|goldens)$/;
const BENCHMARK = /^(?:(?:\w+[-_])?(?:bench|benches|benchmarks?|benchmarking)(?:[-_]\w+)?|perf)$/;
const BENCHED = /(?:^|[-_.])(?:bench(?:mark)?|leaderboard)s?[._-]|\.bench\./;
/** What an agent is measured with; the judges and settings of an evaluation stand above it. */
const EVALUATION_CASES = pattern`
    (?:^|/)evals?(?:uations?)?/(?:[^/]+/)?(?:suites?|tasks?|cases|scenarios?|datasets?
    |problems)(?:/|$)`;
const EVALUATION_DATA =
  /^(?:evals?|triggers?|cases?|examples?|questions?|samples?|queries)\b.*\.(?:jsonl?|ya?ml|csv)$/;
const RESULT_FOLDERS =
  /^(?:[\w-]+[-_])?(?:results?|outputs?|logs?|transcripts?|traces?|trajectories|runs|datasets?)$/;
const GENERATED_FOLDERS = pattern`
    ^(?:dist|[\w-]+-dist|dist-[\w-]+|build|out|target|generated|__generated__|\.next|\.nuxt
    |coverage|__pycache__|gen|obj)$`;
const GENERATED_NAMES = pattern`
    \.min\.(?:js|css)$|\.(?:pb|gen|generated|g)\.[a-z]+$|_pb2(?:_grpc)?\.pyi?$|\.designer\.cs$
    |\.d\.ts$|\.map$|[-_.]snapshot\.json$|^(?:openapi|swagger)\.(?:ya?ml|json)$
    |spring-configuration-metadata\.json$`;
const VENDORED = pattern`
    ^(?:vendor|vendors|third[-_]?party|node_modules|bower_components|site-packages|external|\.venv
    |venv|pods)$`;
/** A program's own folder of those whom it calls: `src/main/java/.../adapter/external`. */
const OWN_VENDORS =
  /(?:^|\/)(?:src|internal|pkg|app|apps|lib|core|cmd)\/(?:.+\/)?(?:vendors|external)\//;
/** Parts of a program in folders like those of a build: `src/build`, `data/build/a.py`. */
const OWN_OUT = pattern`
    (?:^|/)(?:src/(?:.+/)?(?:build|out|target)/|(?:adapters?|ports?)/out/
    |build/[^/]+\.(?:py|go|rb|rs|php|cs|sh)$)`;
/** The program behind a site, and not its pages: `website/src/app/api/chat/route.ts`. */
const OF_SITE = /^(?:website|blog)\/(?:.+\/)?(?:api|server|functions|lib|services|routes)\//;
const PRICE_TABLE = pattern`
    (?:^|[-_.])(?:pricing|prices?|price[-_]?(?:table|list|book|map|data)|costs?|model[-_]costs?
    |rates?)(?:[-_.]|$)|model_prices|context_window|models[-_.]dev`;
/** A program that is about the prices of other things: `price_estimate.py`. */
const ASKS_PRICES =
  /prices?[-_.]?(?:estimat|predict|agent|alert|compar|monitor|check|search|scrap|extract|bot)/;

/** What somebody and a model have said to each other: `maria_memory.json`, `chat-history.json`. */
const CONVERSATIONS = pattern`
    (?:^|[-_.])(?:memory|(?:chat|message|conversation)[-_]?(?:history|logs?)|conversations?
    |transcripts?)\.jsonl?$`;

/** Why a path alone says that a file is passed over; undefined where it does not. */
export function skipReason(
  name: string,
  lower: string,
  folders: readonly string[],
  within: (pattern: RegExp) => boolean,
): SkipReason | undefined {
  const place = `${folders.join("/")}/${lower}`;
  if (within(VENDORED) && !OWN_VENDORS.test(place)) return "vendored";
  if (LOCK.test(lower)) return "lock file";
  const page = /\.(?:md|txt|rst|mdx)$|^[a-z]+$/.test(lower);
  if (page && CHANGE_LOG.test(lower.replace(/\.[a-z]+$/, ""))) return "change log";
  if (within(RECORDED_FOLDERS) || /\.har$|[-_.]recorded\./.test(lower)) return "recorded response";
  if (within(RESULT_FOLDERS) && /\.(?:json|jsonl|ya?ml|txt|md|ipynb)$/.test(lower)) {
    return "recorded response";
  }
  if (CONVERSATIONS.test(lower)) return "recorded response";
  if (within(/^reports?$/) && /\.jsonl?$/.test(lower)) return "recorded response";
  if (within(/^\.?licen[cs]es?$/)) return "documentation";
  if (within(TRANSLATIONS) && /\.(?:properties|json|ya?ml|po|arb)$/.test(lower)) {
    if (!lower.includes("prompt")) return "translation";
  }
  if (TRANSLATED.test(place)) return "translation";
  if (within(TEST_FOLDERS) || TEST_NAMES.test(name)) return "test or fixture";
  if (EVALUATION_CASES.test(folders.join("/"))) return "benchmark";
  if (within(/^evals?(?:uations?)?$/) && EVALUATION_DATA.test(lower)) return "benchmark";
  if (/\.evals?\.[cm]?[jt]sx?$/.test(lower)) return "benchmark";
  if (within(BENCHMARK) || BENCHED.test(lower)) return "benchmark";
  if (GENERATED_NAMES.test(lower)) return "generated";
  if (within(GENERATED_FOLDERS) && !OWN_OUT.test(place)) return "generated";
  const priced = PRICE_TABLE.test(lower.replace(/\.[a-z]+$/, ""));
  if (priced && !lower.includes("prompt") && !ASKS_PRICES.test(lower)) return "price table";
  if (within(/^(?:prices?|pricing)$/) && /\.(?:jsonc?|ya?ml|toml)$/.test(lower))
    return "price table";
  if (DOCUMENT_NAMES.test(lower)) return "documentation";
  // A project of its own among the documents: `doc-examples/hello/src/main/java/Hello.java`.
  const project = /(?:^|\/)docs?[-_]examples?\/(?:.+\/)?src\/main\//.test(place);
  const site =
    OF_SITE.test(`${folders.join("/")}/`) && /\.(?:[cm]?[jt]s|py|rb|php|go)$/.test(lower);
  if (within(DOCUMENT_FOLDERS) && !project && !site) return "documentation";
  return undefined;
}
