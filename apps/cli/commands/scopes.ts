import type { Command } from "commander";
import { listUnknownNames } from "#core/ledger/unknown-names.ts";
import { discoverScopes } from "#core/org/file/discover.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

const MOST_NAMES = 1_000;

export function addScopes(program: Command, line: CommandLine): void {
  program
    .command("scopes")
    .description("teams, projects and agents")
    .command("discover")
    .description("write what usage names and aispend.yaml lacks as YAML, ready to merge")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () => discover(line, options)),
    );
}

function discover(line: CommandLine, options: CommonOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const met = await listUnknownNames(pool, org.orgId, MOST_NAMES);
    const { yaml, homeless } = discoverScopes(met);
    const text =
      met.length === 0
        ? "Usage names no team, project or agent that is not in aispend.yaml."
        : [...homeless.map((one) => `# ${one}`), yaml].filter(Boolean).join("\n");
    return { text, json: { yaml, homeless, met } };
  });
}
