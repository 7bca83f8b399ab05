import type { Source } from "#apps/connectors/source.ts";
import { AispendError } from "#core/errors.ts";
import type { CommandLine } from "../command-line.ts";

/**
 * The key, from the environment variable that is named or from a hidden prompt; never an argument,
 * which the shell's history and the list of processes would show. Throws `key_missing` and, for a key
 * of another kind, `key_of_other_kind`: the key itself is in no message.
 */
export async function readKey(
  line: CommandLine,
  source: Source,
  variable: string | undefined,
): Promise<string> {
  const key = (variable === undefined ? await prompt(source) : line.environment[variable])?.trim();
  if (key === undefined || key === "") {
    const where = variable === undefined ? "no key was typed" : `${variable} is not set`;
    throw new AispendError("key_missing", `${source.title} needs a key: ${where}`, {
      help: `Make one at ${source.credential.madeAt} and name its variable: --key-env NAME`,
    });
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\s\u0000-\u001f\u007f]/.test(key) || source.credential.pattern?.test(key) === false) {
    throw new AispendError("key_of_other_kind", `That is no ${source.credential.said}`, {
      help: `Make one at ${source.credential.madeAt}.`,
    });
  }
  return key;
}

async function prompt(source: Source): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const { default: password } = await import("@inquirer/password");
  return password({ message: `${source.credential.said} from ${source.credential.madeAt}:` });
}
