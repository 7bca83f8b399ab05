import { AGENT_FILES, AGENT_FOLDERS, isAgentFile } from "./agent-file.ts";
import { pattern } from "./pattern.ts";
import { type Language, languageOfExtension } from "./reading/language.ts";

export type FileKind =
  | {
      readonly state: "read";
      readonly format: Format;
      readonly language?: Language;
      /**
       * Its text must say that it is one: by front matter with a name, by whom it speaks to, or by
       * what it asks for.
       */
      readonly ifDescribed?: "matter" | "opening" | "template";
      /** Its name may be that of a page about prompts. */
      readonly ifNoPage?: true;
      /** Its name may be that of a test: its text must say so. */
      readonly ifTested?: true;
      /** Its name says nothing: its first line must say what runs it. */
      readonly ifRun?: true;
    }
  | { readonly state: "skipped"; readonly reason: SkipReason }
  /** A file of no format in which models, prompts or parameters stand. */
  | { readonly state: "ignored" };

export type Format =
  | "source"
  | "yaml"
  | "json"
  | "toml"
  | "lines"
  | "shell"
  | "dockerfile"
  | "modelfile"
  | "notebook"
  | "prompt";

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

const skipped = (reason: SkipReason): FileKind => ({ state: "skipped", reason });

const LOCK = pattern`
    (?:^|[-_.])lock(?:file)?(?:\.[a-z]+)?$|(?:^|-)lock\.(?:json|yaml|yml|toml)$|\.lock(?:b
    |\.hcl)?$|^(?:go\.sum|npm-shrinkwrap\.json|pnpm-lock\.yaml|gradle\.lockfile
    |packages\.lock\.json)$`;
const CHANGE_LOG =
  /^(?:change[-_]?log|changes|history|news|releases?|release[-_]notes?)(?:[-_.].*)?$/;
const DOCUMENT_NAMES = pattern`
    ^(?:readme|contributing|code_of_conduct|security|license|licence|authors|notice|todo|roadmap
    |faq|architecture|design|llms(?:-full)?)(?:[-_.][\w.-]*)?\.(?:md|mdx|rst|txt|adoc)$`;
const DOCUMENT_FOLDERS = pattern`
    ^(?:docs?|documentation|wiki|website|blog|tutorials?|cookbooks?|changelogs?|changesets?
    |\.changeset|docs?[-_](?:snippets?|samples?|examples?|src|site))$`;
const TEST_FOLDERS = pattern`
    ^(?:tests?|__tests__|specs?|e2e|testing|fixtures?|__fixtures__|test[-_]?data|mocks?|__mocks__
    |__snapshots__|snapshots|unit[-_]?tests?|integration[-_]?tests?|tests?[-_]\w+|\w+[-_.]tests?
    |[\w.-]+tests|(?:common|jvm|js|native|desktop|android|ios|unit|integration|functional
    |smoke)test)$`;
const TEST_NAMES = pattern`
    ^test_.*\.py$|^tests?\.(?:[cm]?[jt]sx?|py|php|sh|rs)$|_test\.(?:py|go|rb|exs|dart|cc|cpp)$
    |_spec\.rb$|[._](?:test|spec|tests)s?\.[a-z]+$|[._-](?:e2e|cy|stories|snap|fixture
    |mock)s?\.[a-z]+$|(?:Test|Tests|Spec|IT)\.(?:java|kt|cs|php|scala|swift)$|^conftest\.py$
    |\.snap$|^(?:mock|fixture|stub|fake)s?[._-]|^(?:pytest|tox)\.ini$|^(?:jest|vitest|karma
    |cypress|playwright|wdio)[\w.-]*\.(?:conf|config|setup)\.[cm]?[jt]s$
    |^\.env\.tests?(?:ing)?(?:\.\w+)?$|^application-tests?\.|^appsettings\.Test(?:s|ing)?\.`;
const TRANSLATIONS = /^(?:messages|i18n|_?locales?|translations?|l10n|locali[sz]ations?)$/;
/** Sources that hold the texts of one language: `i18n/ja/index.ts`, `locales/de.ts`. */
const TRANSLATED = pattern`
    (?:^|\/)(?:i18n|_?locales?|translations?|l10n|locali[sz]ations?
    |lang)\/(?:\w+\/)?[a-z]{2}(?:[-_][a-z]{2,4})?(?:\/(?!.*prompt)[\w-]+)?\.(?:[cm]?[jt]s|php|rb
    |py|dart|kt)$`;
const MAY_BE_TEST = /-(?:tests?|specs?)\.[a-z]+$/;
const RECORDED_FOLDERS =
  /^(?:cassettes?|recordings?|recorded|vcr[-_]?cassettes|__recordings__|golden|goldens)$/;
const BENCHMARK = /^(?:(?:\w+[-_])?(?:bench|benches|benchmarks?|benchmarking)(?:[-_]\w+)?|perf)$/;
const BENCHED = /(?:^|[-_.])bench(?:mark)?s?[._-]|\.bench\./;
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
/** A part of a program that is called like where a build puts things: `src/build`, `adapter/out`. */
const OWN_OUT = /(?:^|\/)(?:src\/(?:.+\/)?(?:build|out|target)|(?:adapters?|ports?)\/out)(?:\/|$)/;
/** The program behind a site, and not its pages: `website/src/app/api/chat/route.ts`. */
const OF_SITE = /^(?:website|blog)\/(?:.+\/)?(?:api|server|functions|lib|services|routes)\//;
const PRICE_TABLE = pattern`
    (?:^|[-_.])(?:pricing|prices?|price[-_]?(?:table|list|book|map|data)|costs?|model[-_]costs?
    |rates?)(?:[-_.]|$)|model_prices|context_window|models[-_.]dev`;

const PROMPT_FOLDERS = pattern`
    ^(?:(?:pre)?prompts?|prompt[-_]?templates?|system[-_]?prompts?|instructions?|personas?
    |skills?)$`;
const TEXT = pattern`
    \.(?:txt|md|mdx|markdown|j2|jinja2?|mustache|hbs|handlebars|liquid|tmpl|tpl|prompt|prompty|xml
    |erb|ejs|njk|prompts?)$`;
/** Folders in which everything that is written is a prompt, in whatever language of templates. */
const ONLY_PROMPTS = /^(?:(?:pre|system[-_]?)?prompts?|prompt[-_]?templates?)$/;
const NO_PROMPT = pattern`
    \.(?:png|jpe?g|gif|svg|ico|webp|pdf|zip|gz|tar|woff2?|ttf|css|scss|less|html?|csv|tsv|xlsx?
    |docx?|parquet|bin|wav|mp[34]|sql|patch|diff|proto|graphql|log|jsonl|lock|map|d|o|so|dll|class
    |jar|pyc|ps1|bat|lua|pl|r|clj|hs|ml|dart|vue|svelte|gradle|xcstrings|strings|snap|orig|bak)$`;
const BUILDS = /^(?:pom|androidmanifest)\.xml$|^(?:requirements|cmakelists)\b.*\.txt$/;
/** Templates in which anything may be written. */
const TEMPLATE = pattern`
    ^(?!.*\.(?:html?|css|js|ts|sh|sql|md|go|py|ya?ml|json|xml)\.)[^.]+\.(?:st|tmpl|tpl|tera|j2
    |jinja2?|mustache|hbs|handlebars|liquid|ftl|vm|gotmpl|njk|prompt)$`;
/** Files without an ending that stand in every kind of folder. */
const NO_TEXT =
  /^(?:makefile|dockerfile|containerfile|justfile|licen[cs]e|notice|owners|codeowners)$/;
const PROMPT_NAMES = pattern`
    \.prompty$|\.prompt(?:\.md|\.txt)?$|^skprompt\.txt$|^skill\.md$|(?:^|[-_.])(?:prompts?
    |system[-_]?(?:message|instructions?)|instructions?|persona|pre_?(?:text|prompt
    |amble))(?:[-_.v\d]|[-_.].*)?\.(?:txt|md|mdx|j2|jinja2?|mustache|hbs|liquid|tmpl|tpl|xml|st
    |tera|ftl|vm|erb|ejs|njk|gotmpl|scm|twig|eta)$|\.(?:txt|md|prompt|yaml|yml|xml|toml
    |json)\.(?:j2|jinja2?|tmpl|tpl|mustache|hbs|liquid|njk)$`;
/** Where agents keep what they are told, and people what they are. */
const STEP_FOLDERS =
  /^(?:commands?|tasks?|workflows?|steps?|modes?|rules?|roles?|playbooks?|(?:sub-?)?agents?)$/;

const FORMATS: Readonly<Record<string, Format>> = {
  yaml: "yaml",
  yml: "yaml",
  json: "json",
  jsonc: "json",
  json5: "json",
  toml: "toml",
  env: "lines",
  properties: "lines",
  ini: "lines",
  cfg: "lines",
  conf: "lines",
  sh: "shell",
  bash: "shell",
  zsh: "shell",
  mk: "shell",
  ipynb: "notebook",
};

/** What a path alone says of a file: its format, or why it is passed over. */
export function fileKind(path: string): FileKind {
  const segments = path.split("/");
  const name = segments.at(-1) ?? "";
  const lower = name.toLowerCase();
  const folders = segments.slice(0, -1).map((segment) => segment.toLowerCase());
  const within = (pattern: RegExp): boolean => folders.some((folder) => pattern.test(folder));
  // INSTRUCTIONS.md, like README.md, is for people.
  if (/^[A-Z]+_?INSTRUCTIONS?\.md$|^INSTRUCTIONS?\.md$/.test(name)) return skipped("documentation");
  const reason = skipReason(name, lower, folders, within);
  const promptFile = isPromptFile(path, lower, within);
  const told = INSTRUCTIONS.test(name) || (!IS_DOCUMENT.test(lower) && ofAgents(path, within));
  const kept = reason === "generated" || (reason === "documentation" && told);
  if (reason !== undefined && !(promptFile && kept)) {
    return skipped(reason);
  }
  if (promptFile) {
    // A skill is read by agents alone, whatever it holds.
    const skill = lower === "skill.md" || isAgentFile(path) || ofAgents(path, within);
    const page = /\.mdx?$/.test(lower) && !skill;
    return { state: "read", format: "prompt", ...(page ? { ifNoPage: true } : {}) };
  }
  if (/\.md$/.test(lower) && within(STEP_FOLDERS)) {
    return { state: "read", format: "prompt", ifDescribed: "matter" };
  }
  if (/\.(?:md|txt)$/.test(lower)) {
    return { state: "read", format: "prompt", ifDescribed: "opening" };
  }
  if (/\.(?:md|mdx|rst|adoc|markdown)$/.test(lower)) return skipped("documentation");
  const read = byFormat(lower);
  if (read.state === "ignored" && TEMPLATE.test(lower)) {
    return { state: "read", format: "prompt", ifDescribed: "template" };
  }
  return read.state === "read" && MAY_BE_TEST.test(lower) ? { ...read, ifTested: true } : read;
}

function skipReason(
  name: string,
  lower: string,
  folders: readonly string[],
  within: (pattern: RegExp) => boolean,
): SkipReason | undefined {
  if (within(VENDORED) && !OWN_VENDORS.test(`${folders.join("/")}/`)) return "vendored";
  if (LOCK.test(lower)) return "lock file";
  const page = /\.(?:md|txt|rst|mdx)$|^[a-z]+$/.test(lower);
  if (page && CHANGE_LOG.test(lower.replace(/\.[a-z]+$/, ""))) return "change log";
  if (within(RECORDED_FOLDERS) || /\.har$|[-_.]recorded\./.test(lower)) return "recorded response";
  if (within(RESULT_FOLDERS) && /\.(?:json|jsonl|ya?ml|txt|md|ipynb)$/.test(lower)) {
    return "recorded response";
  }
  if (within(/^\.?licen[cs]es?$/)) return "documentation";
  if (within(TRANSLATIONS) && /\.(?:properties|json|ya?ml|po|arb)$/.test(lower)) {
    if (!lower.includes("prompt")) return "translation";
  }
  if (TRANSLATED.test(`${folders.join("/")}/${lower}`)) return "translation";
  if (within(TEST_FOLDERS) || TEST_NAMES.test(name)) return "test or fixture";
  if (EVALUATION_CASES.test(folders.join("/"))) return "benchmark";
  if (within(/^evals?(?:uations?)?$/) && EVALUATION_DATA.test(lower)) return "benchmark";
  if (/\.evals?\.[cm]?[jt]sx?$/.test(lower)) return "benchmark";
  if (within(BENCHMARK) || BENCHED.test(lower)) return "benchmark";
  if (GENERATED_NAMES.test(lower)) return "generated";
  if (within(GENERATED_FOLDERS) && !OWN_OUT.test(folders.join("/"))) return "generated";
  if (PRICE_TABLE.test(lower.replace(/\.[a-z]+$/, "")) && !lower.includes("prompt"))
    return "price table";
  if (within(/^(?:prices?|pricing)$/) && /\.(?:jsonc?|ya?ml|toml)$/.test(lower))
    return "price table";
  if (DOCUMENT_NAMES.test(lower)) return "documentation";
  // A project of its own among the documents: `doc-examples/hello/src/main/java/Hello.java`.
  const project = /(?:^|\/)docs?[-_]examples?\/(?:.+\/)?src\/main\//.test(`${folders.join("/")}/`);
  const site =
    OF_SITE.test(`${folders.join("/")}/`) && /\.(?:[cm]?[jt]s|py|rb|php|go)$/.test(lower);
  if (within(DOCUMENT_FOLDERS) && !project && !site) return "documentation";
  return undefined;
}

/** What agents read in whichever folder they work, that of the documents too. */
const INSTRUCTIONS = /^(?:CLAUDE|AGENTS|GEMINI|QWEN)\.md$/;
const IS_DOCUMENT =
  /^(?:readme|contributing|code_of_conduct|licen[cs]e|changelog|faq|roadmap|todo)(?:[.-]|$)/;

/** An agent may be called after a document: `agents/security-reviewer.md`. */
function ofAgents(path: string, within: (pattern: RegExp) => boolean): boolean {
  return (AGENT_FOLDERS.test(path) || within(PROMPT_FOLDERS)) && !within(DOCUMENT_FOLDERS);
}

function isPromptFile(path: string, lower: string, within: (pattern: RegExp) => boolean): boolean {
  if (BUILDS.test(lower)) return false;
  // `views/_prompt.html.erb` is a page.
  if (/\.html?\.[a-z\d]+$/.test(lower) && !within(ONLY_PROMPTS)) return false;
  // `task 12 - Prompt queue for what is sent while another runs.md` is about one.
  if (/\.mdx?$/.test(lower) && lower.split(/[-_. ]+/).length > 8 && !within(PROMPT_FOLDERS)) {
    return AGENT_FOLDERS.test(path);
  }
  if (AGENT_FILES.test(lower) || PROMPT_NAMES.test(lower) || /^(?:[a-z]+[-_])?prompt$/.test(lower))
    return true;
  if (!lower.includes(".") && within(PROMPT_FOLDERS)) return !NO_TEXT.test(lower);
  if (within(PROMPT_FOLDERS) && TEXT.test(lower)) return true;
  const unknown = byFormat(lower).state === "ignored" && !NO_PROMPT.test(lower);
  if (unknown && lower.includes(".") && within(ONLY_PROMPTS)) return true;
  return AGENT_FOLDERS.test(path) && /\.(?:md|mdc)$/.test(lower);
}

function byFormat(lower: string): FileKind {
  if (lower === ".formatter.exs") return { state: "ignored" };
  if (/^modelfile(?:[._-](?!ya?ml|json|md|txt)\w+)?$|\.modelfile$/.test(lower))
    return { state: "read", format: "modelfile" };
  if (/^(?:docker|container)file(?:\.|$)|\.dockerfile$/.test(lower)) {
    return { state: "read", format: "dockerfile" };
  }
  if (/^(?:makefile|justfile|procfile|\.envrc)$/.test(lower))
    return { state: "read", format: "shell" };
  const named = /^\.?env(?:[._-].*)?$/.test(lower) || /\.env(?:[._-][\w-]+)?$/.test(lower);
  // `env.yaml` is YAML, and `env.ts` a source.
  const plain = lower.replace(/\.(?:example|sample|template|dist|tpl|tmpl|j2)$/, "");
  if (named && !/\.(?:ya?ml|json|toml|[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php|sh)$/.test(plain)) {
    return { state: "read", format: "lines" };
  }
  const extension = plain.slice(plain.lastIndexOf(".") + 1);
  if (plain === lower && (!plain.includes(".") || extension === "")) {
    if (NO_TEXT.test(lower)) return { state: "ignored" };
    return { state: "read", format: "shell", ifRun: true };
  }
  const format = FORMATS[extension];
  if (format !== undefined) return { state: "read", format };
  const language = languageOfExtension(extension);
  return language === undefined
    ? { state: "ignored" }
    : { state: "read", format: "source", language };
}
