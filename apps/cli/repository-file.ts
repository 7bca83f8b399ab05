import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AispendError } from "#core/errors.ts";
import {
  REPOSITORY_FILE,
  readRepositoryFile,
  sayRepositoryProblems,
} from "#core/estimates/repository-file.ts";
import type { Repository } from "#core/estimates/repository-schema.ts";

/** `repository:` of the aispend.yaml in a folder; undefined without one. Throws what is wrong with it. */
export function repositoryOf(folder: string): Repository | undefined {
  const path = join(folder, REPOSITORY_FILE);
  if (!existsSync(path)) return undefined;
  const read = readRepositoryFile(readFileSync(path, "utf8"));
  if (read.state === "read") return read.repository;
  if (read.state === "other") return undefined;
  throw new AispendError(
    "repository_file_invalid",
    sayRepositoryProblems(read.problems).join("\n"),
    {
      help: "Correct the lines named above.",
    },
  );
}
