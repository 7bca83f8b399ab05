import { asksProgram } from "../models/model-commands.ts";

/** Under these a text is handed to a model. */
const HANDED = /^(?:prompt|system(?:_?prompt)?|content|text|input|instructions?|message)$/i;

/** `claude -p "$TASK"`, `"content": "$TASK"`: the variable whose text is handed on as a whole. */
export function handedOn(key: string, text: string): string | undefined {
  if (text.length > 80 || !HANDED.test(key)) return undefined;
  return /^\$\{?([A-Za-z_]\w*)\}?$/.exec(text)?.[1];
}

interface Argument {
  readonly text: string;
  readonly first: boolean;
}

/** No command has more words. */
const MAX_WORDS = 60;

/** `jq -n --arg task "$TASK" '{ prompt: $task }'`: the key under which jq fills an argument in. */
export function filledIn(
  name: string,
  words: readonly Argument[],
  index: number,
): string | undefined {
  const filled = new RegExp(`([A-Za-z_]\\w*)["']?\\s*:\\s*\\(?\\$${name}\\b`);
  for (const { text, first } of words.slice(index + 2, index + MAX_WORDS)) {
    if (first) return undefined;
    const key = text.includes("$") && text.length < 20_000 ? filled.exec(text)?.[1] : undefined;
    if (key !== undefined) return HANDED.test(key) ? key : undefined;
  }
  return undefined;
}

const SHOWS = /^(?:echo|printf|cat|grep|sed|\[+|test)$/;

/** `start="claude --model opus"`, `tmux send-keys "claude --model opus"`: a command in a text. */
export function commandIn(command: string, text: string): string | undefined {
  if (SHOWS.test(command)) return undefined;
  const program = /^\s*(?:\w+=\S*\s+)*(\S+)\s+[^\n]*?--?[a-z]/.exec(text.slice(0, 400))?.[1];
  return program !== undefined && asksProgram(program) ? text : undefined;
}

/** Sections and what is set in them: the file's name is kept in a variable. */
export function isToml(text: string): boolean {
  return /^\[[\w.-]+\]\s*$/m.test(text) && /^[\w-]+ *= *["'[\d]/m.test(text);
}

const VARIABLES = /^(?:--)?(?:set-|update-)?env-vars$/;

/** `--set-env-vars "MODEL=gpt-4o,MAX_TOKENS=500"`: what a service is deployed with. */
export function variablesOf(flag: string, given: string): (readonly [string, string])[] {
  if (!VARIABLES.test(flag) || given.length > LONGEST_VARIABLES) return [];
  const parts = given.replace(/^"|"$/g, "").split(",");
  return parts.flatMap((part) => {
    const [, name, value] = /^\s*([A-Za-z_]\w*)=([\s\S]*)$/.exec(part) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

const LONGEST_VARIABLES = 10_000;
