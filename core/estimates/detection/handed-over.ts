import type { FileVersions } from "./file-versions.ts";
import { schemasBy } from "./prompts/answer-schema.ts";
import { handedBy } from "./prompts/docstring.ts";
import type { Handed } from "./prompts/prompt-context.ts";

/** What sources hand to a model, whichever file of the diff defines it. */
export function handedOver(files: readonly FileVersions[]): Handed {
  const textsIn = (ending: RegExp): string[] =>
    files.flatMap(({ path, base, head }) =>
      ending.test(path)
        ? [base, head].flatMap((side) => (side.state === "text" ? side.text : []))
        : [],
    );
  const python = textsIn(/\.py$/);
  const forms = new Set([...schemasBy(python), ...schemasBy(textsIn(/\.tsx?$/))]);
  return { tools: handedBy(python), forms };
}
