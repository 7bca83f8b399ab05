import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { HOLE } from "../reading/scan-text.ts";
import { snakeCase } from "../words.ts";
import { isFieldText } from "./answer-schema.ts";
import { byFile, isPromptValue, NOT_PROMPT } from "./file-of-prompts.ts";
import {
  ASKS_FOR,
  asksPerson,
  isDialogue,
  isOffered,
  isShown,
  isTried,
  onPage,
} from "./person-prompt.ts";
import { asksModelBy, isAskedWithModel } from "./prompt-asked.ts";
import type { PromptContext } from "./prompt-context.ts";
import { ofNamedFile } from "./prompt-mounted.ts";
import { byPlace, OFFERED, type PromptFinding } from "./prompt-place.ts";
import { byScope, ofToolMethod, WEAK_KEY } from "./prompt-scope.ts";
import { ADDRESSES, OPENING, speaksToModel, tellsHowToAnswer, tellsOften } from "./prompt-shape.ts";
import { isProse } from "./prose.ts";

const PROMPT_KEY = pattern`
    (?:^|_)(?:prompts?|system_?(?:message|msg|instructions?|text|role|content|guide)?
    |instructions?|persona|backstory|p(?:re|ost)amble|few_shot\w*|guidelines|(?:tone|style|writing
    |format|formatting|answer|response)_(?:guide|guidance|rules)|human_message|ai_message
    |expected_output|goal)(?:_(?:template|text|string|str|message|base|default|prefix|suffix
    |header|footer|content|body|rules|v?\d+|[a-z]{2}))*$|^(?:prompt|system|instruction)_|_prompt_
    |(?:^|_)prompt(?:_|$)`;
const CONSOLE_CALL = pattern`
    (?:^|\.)(?:(?:chat_|text_)?input|text_area|confirm|readline|question|getpass|(?:click
    |typer)\.prompt|(?:(?:Int|Float)?Prompt|Confirm)\.ask|window\.prompt|inquirer\.\w+|dialog\.\w+
    |toast(?:\.\w+)?|alert|notify|(?:show)?[mM]essage[bB]ox|snackbar|(?:show|push
    |send)_?[nN]otification|\w+_ask|prompt_user|ask_user|(?:st|gr)\.(?:write|title|(?:sub)?header
    |markdown|Markdown|caption|info|text|success|button|spinner|divider|html|HTML|Info|Warning
    |Error)|prompts|print|log|logger\.\w+|\w*[cC]onsole\.\w+|Write(?:Line)?|println|System\.(?:out
    |err)\.\w+|echo|raise|Error|Exception|ValueError|RuntimeError|throw|add_argument|Option
    |Argument|describe|it|expect|toThrow|fmt\.(?:F?[pP]rint\w*|Errorf|Scan\w*)|(?:log|logging|slog
    |logrus|Debug|Trace)\.\w+|errors\.\w+|\w*(?:Error|Exception)|t|gettext|_|info|warn|warning
    |debug|error|execute|query|option|command|cancel|abort|bail|anyhow|ensure|panic|unreachable
    |e?println|assert\w*)!?$`;
/** A text may be translated, whoever it is for: a function that makes a prompt says so. */
const TRANSLATES = /(?:^|\.)(?:t|gettext|_)$/;
/** A word, or a few. */
const WORD = /^\p{L}[\p{L}\p{M}\d ,.!?'’…-]{1,40}$/u;
/** `/no_think` at the end of a message, or as one: it switches how a model answers. */
const SWITCH = /(?:^|[\s\uFFFC])\/(?:no_?)?think\s*$/;
const OF_ERROR = /(?:Error|Exception)$|^(?:print|__str__|__repr__|toString)$/;
const SHOWN_BY = /^(?:console\.\w+|chalk(?:\.\w+)*|logger\.\w+|print|println)$/;
const AS_JSON = /^(?:JSON\.stringify|json\.dumps)$/;
/** Annotations that show in documents what may be written. */
const SHOWN_AS = /^@?(?:Example|ExampleObject|Schema|Operation|ApiProperty|ApiOperation)$/;
/** `chat.send_message("...")`, where the chat is one with a model. */
const SENT = /(?:^|\.)\w*(?:chat|conversation|session)\w*\.send_?message\w*$/i;
const WARNS = pattern`
    (?:^|\.)(?:warn|warning|(?:logger|logging|log|warnings)\.\w+|\w*Error|\w*Exception)$
    |^(?:raise|throw|abort)$`;

function keyName(entry: Entry): string {
  const key = keyOf(entry);
  if (!/^default(?:_?[vV]alue)?$/.test(key)) return snakeCase(key);
  // `instructions: str = field(default="...")` is what the field is by default.
  const keys = entry.path.filter(({ kind }) => kind === "key");
  return snakeCase(keys.at(-2)?.name ?? key);
}

/** Is this text sent to a model? By the name it has, the place where it stands, or its shape. */
export function findPrompt(entry: Entry, file: PromptContext): PromptFinding | undefined {
  const { aboutLlm, inSource, ofPrompts } = file;
  const { kind, text } = entry.value;
  if (kind !== "text" || entry.role !== "value") return undefined;
  const key = keyName(entry);
  if (text.length < 200 && /^(?:content|text|prompt)$/.test(key) && SWITCH.test(text)) {
    return { confidence: "sure", why: "switches how the model thinks" };
  }
  if (key === "content" && WORD.test(text) && isAskedWithModel(entry)) {
    return { confidence: "sure", why: "the content of a message that a call is given" };
  }
  const short = key === "role" || /[\u3040-\u9fff\uac00-\ud7af]/.test(text);
  if (text.length < (short ? 4 : key === "prompt" ? 8 : 12)) return undefined;
  const shown = entry.path.at(-1)?.kind === "call" || /^(?:message|help|title)$/.test(key);
  const built = /Params\.builder$/.test(entry.frame.root ?? "");
  if (shown && !built && CONSOLE_CALL.test(calleeOf(entry)) && !asksModelBy(calleeOf(entry))) {
    return aboutLlm && inSource && isTranslated(entry) ? byScope(entry, key, text) : undefined;
  }
  if (entry.path.some(({ kind, name }) => kind === "call" && WARNS.test(name))) return undefined;
  // `typer.Option(prompt="Your key")`
  if (key === "prompt" && /(?:^|\.)(?:Option|Argument)$/.test(calleeOf(entry))) return undefined;
  const asked = /[?:]\s*$/.test(text) || (text.length < 140 && ASKS_FOR.test(text));
  if (asked && key === "prompt" && /(?:^|\.)option$/.test(calleeOf(entry))) return undefined;
  if (entry.path.some(({ kind, name }) => kind === "call" && SHOWN_AS.test(name))) return undefined;
  // What an error says, and what a console is coloured with.
  if (entry.scope.some((name) => OF_ERROR.test(name))) return undefined;
  // What a hook prints as JSON is read by the program that ran it.
  const answers = key === "system_message" && entry.path.some(({ name }) => AS_JSON.test(name));
  const prints = entry.path.some(({ kind, name }) => kind === "call" && SHOWN_BY.test(name));
  // `print(agent.run("..."))` shows what came of it.
  const innermost = entry.path.at(-1);
  const asks = innermost?.kind === "call" && asksModelBy(innermost.name);
  if (prints && !answers && !asks) return undefined;
  if (isDialogue(entry, asked, file.ofConsole)) return undefined;
  const named = byName(entry, key, text, file.inTools === true);
  if (named !== undefined) return named;
  if (!aboutLlm) return undefined;
  const sent = SENT.test(calleeOf(entry)) || isSentAtOnce(entry);
  if (file.talks === true && sent && isProse(text, 4)) {
    return { confidence: "sure", why: "sent in a talk with a model" };
  }
  if (file.ofConsole === true && /^(?:Signature|Description)$/.test(calleeOf(entry)))
    return undefined;
  // `const messages = ["...", "..."]` may be for anybody, where nothing is asked.
  const bare = key === "messages" && inSource && file.asks !== true && isBareList(entry);
  const placed = bare ? undefined : (byPlace(entry, key, text) ?? ofToolMethod(entry, file));
  if (placed !== undefined) return placed;
  if (ofPrompts && !inSource && isPromptValue(entry, key)) {
    return { confidence: "sure", why: "the text of a file of prompts" };
  }
  const filed = inSource ? undefined : ofNamedFile(entry);
  if (filed !== undefined) return filed;
  if (!inSource && key === "instructions" && isProse(text, 20)) {
    return { confidence: "possible", why: "instructions of a file about models" };
  }
  const input = entry.path[0]?.name === "inputs" && text.includes("\n") && isProse(text, 20);
  if (input) return { confidence: "sure", why: "a text that an input has by default" };
  if (!inSource && key !== "heredoc") {
    return ofAgents(entry, key, text) ?? byShape(key, text, false);
  }
  if (file.ofErrors === true) return undefined;
  return (
    byScope(entry, key, text) ??
    ruled(key, text) ??
    (isFieldText(entry) || onPage(entry) || isShown(entry) ? undefined : byShape(key, text)) ??
    (ofPrompts ? byFile(entry, key, text) : undefined)
  );
}

const RULES = /\b(?:never|always|only|do not|don't|must)\b/i;

/** `Instructions = $"""Use the sources only as ..."""`, whatever takes them. */
function ruled(key: string, text: string): PromptFinding | undefined {
  if (key !== "instructions" || !RULES.test(text) || !isProse(text, 14)) return undefined;
  return { confidence: "possible", why: "instructions that set rules" };
}

/** `model.start_chat().send_message("...")` */
function isSentAtOnce({ frame, path }: Entry): boolean {
  return /start_?chat$/i.test(frame.root ?? "") && /^send_?message/i.test(path.at(-1)?.name ?? "");
}

/** Of a variable, and not of what a call is given. */
function isBareList({ path, frame }: Entry): boolean {
  return path.at(-1)?.kind === "list" && frame.owner?.block === true;
}

/** Translated, and not on its way to somebody: `input(_("..."))`. */
function isTranslated(entry: Entry): boolean {
  if (!TRANSLATES.test(calleeOf(entry))) return false;
  return entry.path.every(
    ({ kind, name }) => kind !== "call" || TRANSLATES.test(name) || !CONSOLE_CALL.test(name),
  );
}

const TOLD = pattern`
    ^(?:instructions?|system|task|rules?|style|role|goal|identity|personality|behaviou?r|duty
    |workflow)$`;

/** What agents are told in a configuration: `agents: { judge: { rule: "..." } }`. */
function ofAgents({ path }: Entry, key: string, text: string): PromptFinding | undefined {
  const around = path
    .slice(0, -1)
    .some(({ name }) => /^(?:\w+_)?(?:agents?|personas?|assistants?|bots?)(?:_\w+)?$/i.test(name));
  if (!around || !TOLD.test(key) || !isProse(text, 8)) return undefined;
  return { confidence: "sure", why: `${key} is told to an agent` };
}

const AGENT_NEIGHBOUR = pattern`
    ^(?:model|foundation_model|model_id|model_name|agent_name|voice|modalities|turn_detection|llm
    |role|goal|backstory|messages|tools|temperature|agent|handoffs|max_tokens|prompt|name)$`;

const TOOL_TEXT = pattern`
    (?:^|_)(?:tools?|functions?|fields?|param(?:eter)?s?|args?)_desc(?:ription)?s?$
    |^description_for_model$`;
const TAKES_INSTRUCTIONS =
  /agent|assistant|llm|stagehand|chat_?model|generate_?(?:with|reply)|mcp|runs\.create/i;

const AROUND =
  /(?:^|_)prompts?$|^system_prompt_\w+$|^(?:system|agents?|bots?|llm)_instructions?$|^persona$/;

/** `class Clerk(Agent): def __init__(self): super().__init__(instructions="...")` */
function isAgentMade({ scope, path }: Entry): boolean {
  const made = scope.at(-1) === "__init__" && path.some(({ name }) => name === "__init__");
  return made && scope.some((name) => /(?:Agent|Assistant)$/.test(name));
}

function byName(
  entry: Entry,
  key: string,
  text: string,
  inTools: boolean,
): PromptFinding | undefined {
  if (
    (NOT_PROMPT.test(key) && !TOOL_TEXT.test(key)) ||
    OFFERED.test(key) ||
    asksPerson(entry, key, text)
  )
    return undefined;
  if (entry.path.some(({ name }) => OFFERED.test(snakeCase(name)))) return undefined;
  if (isOffered(entry, key) || isTried(entry)) return undefined;
  // A translation has the whole sentence for its key; a script puts a value together.
  if (/\s/.test(keyOf(entry).trim()) || /^\$[({]/.test(text)) return undefined;
  const own =
    PROMPT_KEY.test(key) &&
    !/^(?:goal|instructions?|system|guidelines|expected_output|persona)$/.test(key);
  // What a step of a workflow hands to an agent: `prompt: "/review"`.
  const handed = /^(?:\w+_)?prompt$/.test(key) && entry.path.at(-2)?.name === "with";
  if (own && (isProse(text, 3) || handed))
    return { confidence: "sure", why: `${keyOf(entry)} is named as a prompt` };
  if (PROMPT_KEY.test(key) && isProse(text, 3)) {
    const near = [...entry.frame.bound.keys()].map(snakeCase);
    const agent = near.some((name) => AGENT_NEIGHBOUR.test(name) && name !== key);
    const lines = entry.path.at(-1)?.kind === "list" && key === "instructions" && isProse(text, 8);
    const told = TAKES_INSTRUCTIONS.test(calleeOf(entry)) || isAgentMade(entry);
    const bare = entry.path.every(({ kind }) => kind !== "call");
    const system = bare && /^(?:system|persona)$/.test(key) && isProse(text, 8);
    // `class ReviewAgent : Base { string Instructions => "..."; }`
    const held = bare && entry.path.length === 1 && /Agent$/.test(entry.scope.at(-1) ?? "");
    if (agent || lines || told || system || held || OPENING.test(text))
      return { confidence: "sure", why: `${keyOf(entry)} is given to a model` };
  }
  if (TOOL_TEXT.test(key) && !keyOf(entry).includes(".") && isProse(text, 4)) {
    return { confidence: "sure", why: `${keyOf(entry)} is sent with each call` };
  }
  // `toolDescriptions = { search: "..." }`; what parameters are is said to people as well.
  const table = inTools ? TOOL_TEXT : /(?:^|_)(?:tools?|functions?)_desc(?:ription)?s?$/;
  const tabled = entry.path.slice(0, -1).some(({ name }) => table.test(snakeCase(name)));
  if (tabled && isProse(text, 4)) {
    return { confidence: "sure", why: "describes what a tool takes" };
  }
  if (/_role$/.test(key) && isProse(text, 8)) {
    return { confidence: "sure", why: `${keyOf(entry)} says who the model is` };
  }
  // PROMPTS = { "summary": "..." }, prompts: [ "..." ]
  const around = entry.path
    .slice(0, -1)
    .some(({ name, kind }) => kind === "key" && AROUND.test(snakeCase(name)));
  if (around && isProse(text, 4) && !BESIDE.test(key)) {
    return { confidence: "sure", why: "stands among prompts" };
  }
  return undefined;
}

/** What is said of a prompt to whoever uses it. */
const BESIDE =
  /^(?:description|examples?|name|title|label|id|help_text|verbose_name|placeholder|tooltip)$/;

/** Nobody else is told that he is an assistant. */
const STRONG = patternOfAnyCase`
    ^\W{0,4}you are (?:an?|the) (?:[\w-]+,? ){0,5}(?:ai|bot|chatbot|assistant|agent|expert
    |translator|copilot|language model|engineer|developer|programmer|analyst|writer|tutor|teacher
    |editor|reviewer|specialist)\b`;

/** `<instructions>You only answer ...</instructions>` */
const TAGGED = /<(instructions?|prompt|system(?:_prompt)?|task|role|persona|rules)>\s*[A-Z]\w*[ ,]/;

/** Rust: `format!("{context}\nYou are ...")` */
const FILLED = /^(?:[^\S\n]*(?:\{\w*\}|\uFFFC)[^\S\n]*\n\s*)+/;
/** Headings that a text begins with. */
const HEADINGS = /^(?:\s*#[^\n]*\n)+\s*/;

function byShape(key: string, written: string, inSource = true): PromptFinding | undefined {
  const text = written.replace(HEADINGS, "").replace(FILLED, "");
  if (NOT_PROMPT.test(key) && !/description/.test(key)) return undefined;
  if (!inSource && !speaksToModel(text)) return undefined;
  const tag = inSource ? TAGGED.exec(text)?.[1] : undefined;
  if (tag !== undefined && text.includes(`</${tag}>`) && isProse(text, 14)) {
    return { confidence: "possible", why: "has a part that is marked as instructions" };
  }
  if (inSource && tellsOften(text) && isProse(text, 40)) {
    return { confidence: "possible", why: "tells a model at length what to do" };
  }
  if (ADDRESSES.test(text) && isProse(text, 6)) {
    return { confidence: "possible", why: "begins by saying who is spoken to" };
  }
  const asked = inSource && written.includes(HOLE) && /^(?:content|message|text|query)$/.test(key);
  if (asked && tellsHowToAnswer(text)) {
    return { confidence: "possible", why: "says how a question is to be answered" };
  }
  if (!OPENING.test(text.slice(0, 400)) || !isProse(text, 6)) return undefined;
  const weak =
    key === "" ||
    WEAK_KEY.test(key) ||
    text.includes(HOLE) ||
    text.includes("\n") ||
    STRONG.test(text) ||
    text.length > 120 ||
    /\{\w+\}/.test(text);
  return weak ? { confidence: "possible", why: "reads like an instruction to a model" } : undefined;
}
