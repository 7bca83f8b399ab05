import { resolve } from "node:path";
import type { Command } from "commander";
import { AispendError } from "#core/errors.ts";
import { subjectLabel, subjectsOf } from "#core/estimates/mapping.ts";
import type { Subject } from "#core/estimates/repository-schema.ts";
import { takeSnapshot } from "#core/estimates/snapshot-service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { openRepository, remoteUrls } from "../git-repository.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { remoteVisibility } from "../remote-visibility.ts";
import { report, toJson } from "../report.ts";
import { repositoryOf } from "../repository-file.ts";

interface SnapshotOptions extends CommonOptions {
  repo?: string;
  publish?: boolean;
}

export function addUsage(program: Command, line: CommandLine): void {
  const usage = program.command("usage").description("traffic, to price pull requests with");
  usage
    .command("snapshot")
    .description("print the last 30 days of what aispend.yaml maps, for aispend.usage.json")
    .option("--repo <path>", "the repository's folder; the working folder unless given")
    .option("--publish", "also where everybody may read the repository")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: SnapshotOptions) =>
      report(line, options.json === true, () => snapshot(line, options)),
    );
}

async function snapshot(line: CommandLine, options: SnapshotOptions): Promise<Outcome> {
  const folder = resolve(line.workingFolder, options.repo ?? ".");
  const repository = repositoryOf(folder);
  const subjects = repository === undefined ? [] : subjectsOf(repository);
  if (subjects.length === 0) {
    throw new AispendError("mapping_missing", "aispend.yaml here maps no path to a scope", {
      help: "Write repository: with paths: or project:, or begin with: aispend map suggest",
    });
  }
  if (options.publish !== true) await refusePublic(line, folder);
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org ?? repository?.organisation);
    const taken = await takeSnapshot(pool, org, subjects, line.clock());
    for (const text of notes(taken)) line.err.write(`${text}\n`);
    return { text: toJson(taken.snapshot), json: taken.snapshot };
  });
}

function notes({ refused, silent }: { refused: string[]; silent: readonly Subject[] }): string[] {
  return [
    ...refused.map((text) => `Left out: ${text}.`),
    ...silent.map((one) => `Left out: ${subjectLabel(one)} made no call in 30 days.`),
  ];
}

/** Volumes are nobody's business outside: what is not surely private needs a word. */
async function refusePublic(line: CommandLine, folder: string): Promise<void> {
  const repository = await openRepository(folder, line.environment);
  const api = line.environment.GITHUB_API_URL ?? "https://api.github.com";
  const visibility = await remoteVisibility(await remoteUrls(repository), api);
  if (visibility.state === "private") return;
  const { state, remote } = visibility;
  throw new AispendError(
    "repository_public",
    state === "public"
      ? `everybody may read ${remote}, and would read these volumes there`
      : `whether everybody may read ${remote} cannot be told from here`,
    {
      kind: "forbidden",
      help:
        state === "public"
          ? "Ask the server instead (server-url of the Action), or repeat it with --publish."
          : "If it is private, or if that is meant, repeat it with --publish.",
    },
  );
}
