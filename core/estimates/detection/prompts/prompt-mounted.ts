import { isAgentFile } from "../agent-file.ts";
import { contentReason } from "../file-content.ts";
import { fileKind } from "../file-kind.ts";
import { type Entry, keyOf } from "../reading/entry.ts";
import type { PromptFinding } from "./prompt-place.ts";
import { isProse } from "./prose.ts";

const NAMED = /^[\w-][\w.-]*\.(?:md|mdc|txt|prompt|prompty|j2|jinja2?|tmpl|hbs|mustache|st)$/;

/** A file that stands in a configuration under its name is one of its kind: `triage.md: |`. */
export function ofNamedFile(entry: Entry): PromptFinding | undefined {
  const name = keyOf(entry);
  const { text } = entry.value;
  if (!NAMED.test(name) || !isProse(text, 4)) return undefined;
  const kind = fileKind(name);
  if (kind.state !== "read" || kind.format !== "prompt") return undefined;
  const { ifDescribed } = kind;
  // The folder is not known in which it will lie.
  const described = ifDescribed === "opening" ? { ...kind, ifDescribed: "matter" as const } : kind;
  if (ifDescribed === "template" || contentReason(described, text) !== undefined) return undefined;
  return isAgentFile(name)
    ? { confidence: "possible", why: "what a coding agent is told in this repository" }
    : { confidence: "sure", why: `${name} is a prompt that stands in this file` };
}
