import { distance } from "fastest-levenshtein";
import type { Command } from "./command.ts";
import { fromPlainWords } from "./grammar/plain-words.ts";
import type { Word } from "./grammar/words.ts";

/** A command and the words after it. */
export interface Route {
  readonly command: Command<unknown>;
  readonly words: readonly Word[];
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["organisation", "org"],
  ["organization", "org"],
  ["company", "org"],
  ["owner", "owners"],
  ["untagged", "unattributed"],
  ["vendor", "provider"],
  ["client", "customer"],
  ["alerts", "anomalies"],
  ["findings", "anomalies"],
  ["finding", "anomaly"],
  ["?", "help"],
]);

function named(commands: readonly Command<unknown>[], name: string): Command<unknown> | undefined {
  return commands.find((command) => command.name === (ALIASES.get(name) ?? name));
}

function plainRoute(commands: readonly Command<unknown>[], words: readonly Word[]): Route {
  const line = fromPlainWords(words);
  const command = named(commands, line.command);
  if (command === undefined) throw new Error(`no command '${line.command}'`);
  return { command, words: line.words };
}

/**
 * The command that was most likely mistyped: at most two letters off, of four or more. "cost of
 * payments and claude" asks for no code.
 */
function mistyped(
  commands: readonly Command<unknown>[],
  typed: string,
): Command<unknown> | undefined {
  if (typed.length < 4) return undefined;
  const near = commands
    .filter(({ isExact }) => isExact !== true)
    .map((command) => ({ command, far: distance(typed, command.name) }))
    .filter(({ far }) => far <= 2)
    .sort((a, b) => a.far - b.far);
  return near[0]?.command;
}

/** "break glass agent x" is "glass agent x": the two words that one says in a hurry. */
function breakingGlass(words: readonly Word[]): readonly Word[] {
  const [first, second, ...rest] = words;
  const isSaid = first?.lower === "break" && second?.lower === "glass";
  return isSaid && second !== undefined ? [second, ...rest] : words;
}

/**
 * How a question can be read, most likely first: as a command with its words, then as plain words,
 * then with a mistyped command put right. A later reading counts only where the earlier finds nothing.
 */
export function routesOf(
  commands: readonly Command<unknown>[],
  words: readonly Word[],
): readonly Route[] {
  const [first, ...rest] = breakingGlass(words);
  const exact = first === undefined ? undefined : named(commands, first.lower);
  const plain = plainRoute(commands, words);
  if (exact !== undefined) return [{ command: exact, words: rest }, plain];
  const near = first === undefined ? undefined : mistyped(commands, first.lower);
  return near === undefined || rest.length === 0
    ? [plain]
    : [plain, { command: near, words: rest }];
}
