import type { Entry } from "./entry.ts";
import { shellEntries } from "./shell-entries.ts";

/** ENV and ARG of a Dockerfile as assignments, its commands as shell. */
export function dockerfileEntries(source: string): Entry[] {
  const script = source
    .split("\n")
    .map((line) => {
      const pair = /^\s*(?:ENV|ARG)\s+([A-Za-z_]\w*)\s+([^=].*)$/.exec(line);
      if (pair !== null) return `${pair[1]}=${JSON.stringify(pair[2])}`;
      const exec = /^\s*(?:CMD|ENTRYPOINT)\s*\[(.*)\]\s*$/.exec(line)?.[1];
      if (exec !== undefined) return exec.replaceAll(",", " ");
      return line.replace(/^\s*(?:ENV|ARG|RUN|CMD|ENTRYPOINT|LABEL)\s+/, "");
    })
    .join("\n");
  return shellEntries(script);
}
