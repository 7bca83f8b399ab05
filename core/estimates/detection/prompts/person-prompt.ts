import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry } from "../reading/entry.ts";
import { snakeCase } from "../words.ts";
import { OPENING } from "./prompt-shape.ts";
import { calledName } from "./prompt-tool.ts";

const ASKED_WITH = pattern`
  ^(?:default|choices?|options|result|type|validate|regex|required|single_select|multi_select
  |initial|when|secret)$`;

/** "Enter your choice: ", "Are you sure?" */
export const ASKS_FOR = patternOfAnyCase`
  ^\W{0,8}(?:(?:please )?(?:enter|select|choose|pick|press|type|confirm|specify|provide)\b[^.\n]*:?
  |(?:are you sure|do you want|would you like|continue|proceed|overwrite|save|delete)\b[^.\n]*\?
  [^.\n]*)\s*$`;

const OF_PERSON =
  /(?:^|_)(?:confirm(?:ation)?|menu|password|login|continue)_prompt(?:_(?:with|for|text))?$/;
/** `vscode.window.showInputBox({ prompt: "What is to be changed" })` */
const BOX = /(?:^|[._])(?:show_?)?(?:input_?box|quick_?pick|input_?dialog)$/i;

const isAskedOnPage = ({ path }: Entry): boolean =>
  path.some(({ kind, name }) => kind === "call" && BOX.test(name));

/** `prompt: "Where should it be stored?"`, beside a default or choices, asks who installs it. */
export function asksPerson(entry: Entry, key: string, text: string): boolean {
  const { frame } = entry;
  if (OF_PERSON.test(key) || isAskedOnPage(entry)) return true;
  if (text.length < 140 && ASKS_FOR.test(text)) return true;
  if (/^prompt_(?:user|for)(?:_|$)/.test(key) && /[?:]\s*$/.test(text)) return true;
  if (text.length < 400 && /[([]y(?:es)?\/no?[)\]]\W{0,4}$/i.test(text)) return true;
  if (!/^(?:prompt|prompt_text|prompt_message)$/.test(key) || text.length > 400) return false;
  if (!/[?:]\s*(?:$|\(|\n)/.test(text) || OPENING.test(text) || frame.block === true) return false;
  // `{ model: "llama3", prompt: "Why?", options: {} }` is the body of a call.
  if (frame.bound.has("model")) return false;
  return [...frame.bound.keys()].some((name) => ASKED_WITH.test(snakeCase(name)));
}

/** `{ title: "News", prompt: "What is new?" }` among examples is one that somebody may press. */
export function isOffered({ path, frame }: Entry, key: string): boolean {
  if (key !== "prompt" || path.at(-2)?.kind !== "list") return false;
  const shown = ["title", "label", "icon", "emoji"].some((name) => frame.bound.has(name));
  return shown && path.some(({ name }) => /(?:^|_)examples$/.test(snakeCase(name)));
}

/** `tests: [{ vars: { prompt: "..." } }]`: what prompts are tried with. */
export function isTried({ path }: Entry): boolean {
  const tests = path.findIndex(({ name }) => /^(?:tests|defaultTest)$/.test(name));
  return tests !== -1 && path.slice(tests).some(({ name }) => name === "vars");
}

const SHOWS =
  /^(?:display|show|print|render|draw|alert|toast|notify)_|^(?:follow_?up|respond|reply)(?:_\w+)?$/;

/** What stands in a field of a page before somebody writes in it. */
export function onPage({ path }: Entry): boolean {
  return path.some(({ name }) => /^(?:placeholder|label|hint|tooltip|help_?[tT]ext)$/.test(name));
}

/** `DisplayTitle("This will answer the following question")` */
export function isShown({ path }: Entry): boolean {
  const innermost = path.at(-1);
  return innermost?.kind === "call" && SHOWS.test(calledName(innermost.name));
}

const ASKS = /^(?:\$?(?:this|self)\.)?prompt$|^TextPrompt$/;
/** `AI::provider("x")->model("y")->prompt("Why?")`, `GenerateRequest::builder("y").prompt("Why?")` */
const OF_MODEL =
  /(?:^|[._])(?:\w*(?:AI|LLM|Llm|Chat|Agent|Request|Completion|Prism|Ollama|Model))\b/;
/** `Select::new().with_prompt("Which one?")` asks who sits in front of it. */
const DIALOGUE = pattern`
    ^(?:dialoguer\.)?(?:Input|Select|Confirm|MultiSelect|FuzzySelect|Password|Editor|Sort)
    \.(?:new|default|with_theme)\b`;

/** `[yellow]Your name:[/]`, as a console draws it. */
const DRAWN = /[?:]\s*\[\/\w*\]\s*$/;

/** What a command of Laravel or Symfony asks who runs it. */
const OF_COMMAND = /^\$(?:this|io|helper|style)\.(?:ask\w*|confirm|choice|secret|anticipate)$/;

/** A call named after a prompt that somebody is to answer, and no model. */
export function isDialogue(entry: Entry, asked: boolean, ofConsole = false): boolean {
  const root = entry.frame.root ?? "";
  if (ofConsole && OF_COMMAND.test(calleeOf(entry))) return true;
  if (DIALOGUE.test(root)) return true;
  const said = asked || DRAWN.test(entry.value.text);
  return said && ASKS.test(calleeOf(entry)) && !OF_MODEL.test(root);
}
