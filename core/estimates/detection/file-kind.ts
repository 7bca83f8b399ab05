import { AGENT_FILES, AGENT_FOLDERS, isAgentFile } from "./agent-file.ts";
import { pattern } from "./pattern.ts";
import { type Language, languageOfExtension } from "./reading/language.ts";
import { DOCUMENT_FOLDERS, type SkipReason, skipReason } from "./skip-reason.ts";

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

const skipped = (reason: SkipReason): FileKind => ({ state: "skipped", reason });

const MAY_BE_TEST = /-(?:tests?|specs?)\.[a-z]+$/;
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
/** What an agent of Rails says is a view of it, as what a controller shows is. */
const VIEW_OF_AGENT = /(?:^|\/)views\/\w+_agent\/\w+\.(?:text|txt|md)\.\w+$/;
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

function partsOf(path: string) {
  const segments = path.split("/");
  const name = segments.at(-1) ?? "";
  const folders = segments.slice(0, -1).map((segment) => segment.toLowerCase());
  const within = (pattern: RegExp): boolean => folders.some((folder) => pattern.test(folder));
  return { name, lower: name.toLowerCase(), folders, within };
}

/** What a path alone says of a file: its format, or why it is passed over. */
export function fileKind(path: string): FileKind {
  const { name, lower, folders, within } = partsOf(path);
  // INSTRUCTIONS.md, like README.md, is for people.
  if (/^[A-Z]+_?INSTRUCTIONS?\.md$|^INSTRUCTIONS?\.md$/.test(name)) return skipped("documentation");
  const reason = skipReason(name, lower, folders, within);
  const promptFile = isPromptFile(path, lower, within);
  const told = INSTRUCTIONS.test(name) || (!IS_DOCUMENT.test(lower) && ofAgents(path, within));
  const ofTests = reason === "test or fixture" && !isTest(path);
  const kept = reason === "generated" || ofTests || (reason === "documentation" && told);
  if (reason !== undefined && !(promptFile && kept)) {
    return skipped(reason);
  }
  if (promptFile) {
    // A skill is read by agents alone, whatever it holds.
    const skill = lower === "skill.md" || isAgentFile(path) || ofAgents(path, within);
    const page = /\.(?:mdx?|hbs|handlebars|ejs)$/.test(lower) && !skill;
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

/** `.claude/skills/ui-test/SKILL.md` tells an agent how to test; what it is called says no more. */
const CALLED =
  /((?:^|\/)(?:agents?|commands?|skills|chatmodes|modes|subagents?|rules)\/)[^/]+?(?=\/|\.[a-z]+$)/;

const IS_SKILL = /(?:^|\/)skills\/(?:[^/]+\/)+SKILL\.md$/i;

function isTest(path: string): boolean {
  if (!AGENT_FOLDERS.test(path) && !IS_SKILL.test(path)) return true;
  const { name, lower, folders, within } = partsOf(path.replace(CALLED, "$1called"));
  return skipReason(name, lower, folders, within) !== undefined;
}

/** What agents read in whichever folder they work, that of the documents too. */
const INSTRUCTIONS = /^(?:(?:readonly|private|create)_)*(?:CLAUDE|AGENTS|GEMINI|QWEN)\.md$/;
const IS_DOCUMENT =
  /^(?:readme|contributing|code_of_conduct|licen[cs]e|changelog|faq|roadmap|todo)(?:[.-]|$)/;

/** An agent may be called after a document: `agents/security-reviewer.md`. */
function ofAgents(path: string, within: (pattern: RegExp) => boolean): boolean {
  return (AGENT_FOLDERS.test(path) || within(PROMPT_FOLDERS)) && !within(DOCUMENT_FOLDERS);
}

function isPromptFile(path: string, lower: string, within: (pattern: RegExp) => boolean): boolean {
  if (BUILDS.test(lower)) return false;
  if (VIEW_OF_AGENT.test(path)) return true;
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
  // What is offered for installing; each of them says itself what it asks.
  if (lower === "marketplace.json") return { state: "ignored" };
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
  if (/\.(?:service|container)(?:\.[\w-]+)?$/.test(lower))
    return { state: "read", format: "lines" };
  const extension = plain.slice(plain.lastIndexOf(".") + 1);
  const ruby = /^(?:rake|gem|guard|cap|fast|vagrant)file$/.test(lower);
  if (!ruby && plain === lower && (!plain.includes(".") || extension === "")) {
    if (NO_TEXT.test(lower)) return { state: "ignored" };
    return { state: "read", format: "shell", ifRun: true };
  }
  const format = FORMATS[extension];
  if (format !== undefined) return { state: "read", format };
  const language = languageOfExtension(ruby ? "rb" : extension);
  return language === undefined
    ? { state: "ignored" }
    : { state: "read", format: "source", language };
}
