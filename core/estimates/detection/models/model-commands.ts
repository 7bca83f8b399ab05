import { pattern } from "../pattern.ts";
import { isProse } from "../prompts/prose.ts";
import { isModelId } from "./model-family.ts";

/** Programs that hand their arguments to a model. */
const ASKS = pattern`
    ^(?:claude|codex|gemini|qwen|opencode|cursor-agent|copilot|aider|goose|llm|ollama|aichat|sgpt
    |amp|vllm)$`;
const SAYS = /^(?:print|message|continue|yolo|full-auto|dangerously-skip-permissions)$/;
const PULLS = /^(?:pull|run|create|show)$/;

/** llama.cpp's programs. */
const SERVES = /^(?:llama-(?:server|cli|run)|llama\.cpp|koboldcpp)$/;
const SERVED: Readonly<Record<string, string>> = {
  c: "ctx_size",
  n: "n_predict",
  hf: "model",
  "hf-repo": "model",
};

const program = (command: string): string => command.slice(command.lastIndexOf("/") + 1);

/** A server that is started and pulled from is not asked yet. */
export function asksProgram(command: string): boolean {
  return ASKS.test(program(command)) && !/^(?:ollama|vllm)$/.test(program(command));
}

/** `claude -p "..."` and `llm -m gpt-4o` say in one letter what others write out. */
export function flagName(flag: string, command: string): string {
  const asks = ASKS.test(program(command));
  if (SERVES.test(program(command))) return SERVED[flag] ?? flag;
  if (asks && SAYS.test(flag)) return "prompt";
  if (flag.length > 1) return flag;
  if (asks && flag === "m") return "model";
  if (flag === "s" && program(command) === "llm") return "system_prompt";
  return asks && flag === "p" ? "prompt" : `flag ${flag}`;
}

interface Argument {
  readonly text: string;
  readonly first: boolean;
}

/** Functions that are called after a model, and not after what is done to its file. */
const OF_MODEL =
  /^(?:add|use|set|run|call|register|deploy|select|switch|start|serve)_(?:\w+_)?model$/;
const defaultIn = (text: string): string =>
  /^\$\{\w{1,80}:?[-=]([^${}\n]{1,200})\}$/.exec(text)?.[1] ?? text;

/** Does a variable stand before it in the command that is called after a model? */
function setsModel(words: readonly Argument[], index: number): boolean {
  for (let at = index - 1; at > 0 && at > index - 4; at -= 1) {
    if (words[at]?.first === true) return false;
    if (/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)*_MODEL$/.test(words[at]?.text ?? "")) return true;
  }
  return false;
}

/** `agent config set model.max_tokens 4000`: the setting that is given a value. */
function settingName(words: readonly Argument[], index: number): string | undefined {
  const [config, set, key] = words.slice(Math.max(0, index - 3), index);
  if (set?.text !== "set" || !/^(?:config|configure|settings?|options?)$/.test(config?.text ?? ""))
    return undefined;
  const name = key?.text ?? "";
  return /^[a-z][\w.-]{1,80}$/i.test(name) ? name.replaceAll(".", "_") : undefined;
}

/** What an argument without a flag is: `ollama pull llama3.1`, `llm "Summarize the text"`. */
export function argumentName(
  command: string,
  words: readonly Argument[],
  index: number,
): string | undefined {
  const [before, word] = [words[index - 1], words[index]];
  // `add_model "$alias" "${UPSTREAM:-gpt-5}"`: a function of the script that takes a model.
  if (word?.first === false && OF_MODEL.test(command) && isModelId(defaultIn(word.text))) {
    return "model";
  }
  // `ask AI_MODEL "Which model?" "gpt-5"`: a function of the script that sets a variable.
  if (word?.first === false && isModelId(defaultIn(word.text)) && setsModel(words, index)) {
    return "model";
  }
  const hub = /^(?:huggingface-cli|hf)$/.test(program(command)) && before?.text === "download";
  if (hub && isModelId(word?.text ?? "")) return "model";
  const set = settingName(words, index);
  if (set !== undefined) return set;
  if (word === undefined || word.first || !ASKS.test(program(command))) return undefined;
  if (/^--?[A-Za-z]/.test(before?.text ?? "")) return undefined;
  const pulls = before !== undefined && !before.first && PULLS.test(before.text);
  if (pulls && program(command) === "ollama") return "model";
  if (program(command) === "vllm" && before?.text === "serve") return "model";
  // `codex exec "$TASK"`
  if (/^\$\{?[A-Za-z_]\w*\}?$/.test(word.text) && !pulls) return "prompt";
  return /\s/.test(word.text) && isProse(word.text, 4) ? "prompt" : undefined;
}
