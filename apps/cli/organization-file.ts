import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { FileText } from "#core/org/service.ts";
import type { CommandLine } from "./command-line.ts";
import { FILE_NAME } from "./organization.ts";

/** The organisation's file: the one named, else aispend.yaml of the working folder. */
export function readFileText(line: CommandLine, file: string | undefined): FileText {
  const path = resolve(line.workingFolder, file ?? FILE_NAME);
  return { text: readFileSync(path, "utf8"), name: basename(path) };
}
