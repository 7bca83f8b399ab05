import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { AispendError } from "#core/errors.ts";
import { type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { type ImportedPeople, importPeople } from "#core/org/import-people.ts";
import { type RowProblem, readPeopleCsv } from "#core/org/people-csv.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface ImportOptions extends CommonOptions {
  complete?: boolean;
}

export function addPeople(program: Command, line: CommandLine): void {
  const people = program.command("people").description("people of the organisation");
  people
    .command("import")
    .description("bring people from a CSV file with the columns email, name, github, left_on")
    .argument("<file>", "the CSV file")
    .option("--complete", "the file lists everybody: who is not in it any more has left")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((file: string, options: ImportOptions) =>
      report(line, options.json === true, () => importFrom(line, file, options)),
    );
  people
    .command("list")
    .description("everybody, with key and e-mail")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => list(line, options)),
    );
}

function importFrom(line: CommandLine, file: string, options: ImportOptions): Promise<Outcome> {
  const text = readFileSync(resolve(line.workingFolder, file), "utf8");
  const { listing, problems } = readPeopleCsv(text, options.complete === true);
  if (listing.people.length === 0) {
    throw new AispendError("people_invalid", `${file} has nobody that could be read`, {
      help: [...problems.map(problemSaid), "Write a header: email,name,github,left_on"].join("\n"),
    });
  }
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, options.org);
    const by = operatorActor();
    const done = await importPeople(pool, { orgId, listing, by, now: line.clock() });
    const org = await loadDirectory(pool, orgId);
    return {
      text: said(org, done, problems),
      json: { ...done, problems },
      exitCode: problems.length === 0 ? 0 : 1,
    };
  });
}

function said(org: Directory, done: ImportedPeople, problems: readonly RowProblem[]): string {
  const vacant = done.vacancies.map(({ scopeId, role, personId }) => {
    const where = scopeId === 0 ? org.key : pathOf(org.scopes, scopeId);
    const who = org.people.get(personId)?.name ?? `person ${personId}`;
    return `Vacant: ${role} of ${where}, held by ${who}, who left. Name somebody in aispend.yaml.`;
  });
  const { joined, returned, changed, left } = done;
  return [
    `${joined} joined, ${returned} came back, ${changed} changed, ${left} left.`,
    ...vacant,
    ...problems.map(problemSaid),
  ].join("\n");
}

function problemSaid({ line, message }: RowProblem): string {
  return `line ${line}: ${message}`;
}

function list(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const named = [...org.people.values()].filter(({ key }) => key !== undefined);
    const lines = named.map(({ id, key, name, email, leftOn }) =>
      [
        `${String(id).padStart(5)}  ${key}`,
        name === key ? undefined : name,
        email === key ? undefined : email,
        leftOn === undefined ? undefined : `left ${leftOn}`,
      ]
        .filter((part) => part !== undefined)
        .join(", "),
    );
    return { text: lines.length === 0 ? "Nobody yet." : lines.join("\n"), json: named };
  });
}
