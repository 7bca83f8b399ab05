import type { Entry } from "../reading/entry.ts";
import { yamlEntries } from "../reading/yaml-entries.ts";

export interface PromptFile {
  /** Values of the front matter, with the lines of the file. */
  readonly matter: readonly Entry[];
  readonly body: string;
  readonly bodyLine: number;
}

const FRONT = /^\uFEFF?---[ \t]*\r?\n([\s\S]{0,60000}?)\r?\n---[ \t]*(?:\r?\n|$)/;

/** Front matter and text of .prompty, dotprompt, agent definitions and plain prompt files. */
export function readPromptFile(source: string): PromptFile {
  const found = FRONT.exec(source);
  if (found === null) return { matter: [], body: source, bodyLine: 1 };
  const [whole, front = ""] = found;
  const matter = yamlEntries(front).map((entry) => ({
    ...entry,
    line: entry.line + 1,
    endLine: entry.endLine + 1,
  }));
  return {
    matter,
    body: source.slice(whole.length),
    bodyLine: whole.split("\n").length,
  };
}

const COMMENTS = [
  ["{#", "#}"],
  ["{{!--", "--}}"],
  ["{{/*", "*/}}"],
] as const;

/** Comments of templates are not sent. Linear: a comment that never closes is text. */
export function withoutTemplateComments(body: string): string {
  let text = body;
  for (const [open, close] of COMMENTS) {
    const parts: string[] = [];
    let at = 0;
    for (let from = text.indexOf(open); from !== -1; from = text.indexOf(open, at)) {
      const end = text.indexOf(close, from + open.length);
      if (end === -1) break;
      parts.push(text.slice(at, from));
      at = end + close.length;
    }
    text = parts.join("") + text.slice(at);
  }
  return text;
}
