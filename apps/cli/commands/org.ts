import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { organisationJsonSchema } from "#core/org/schema.ts";
import { exportOrganisation } from "#core/org/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report, toJson } from "../report.ts";

interface ExportOptions extends CommonOptions {
  output?: string;
}

export function addOrg(program: Command, line: CommandLine): void {
  const org = program.command("org").description("the organisation as a file");
  org
    .command("export")
    .description("write the organisation as it stands as aispend.yaml: applying it changes nothing")
    .option("--output <file>", "write to a file instead of standard output")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: ExportOptions) =>
      report(line, options.json === true, () => exportOrg(line, options)),
    );
  org
    .command("schema")
    .description("print the JSON Schema of aispend.yaml, for editors")
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, async () => {
        const schema = organisationJsonSchema();
        return { text: toJson(schema), json: schema };
      }),
    );
}

function exportOrg(line: CommandLine, { org: wanted, output }: ExportOptions): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, wanted);
    const text = await exportOrganisation(pool, org.orgId);
    if (output === undefined) return { text, json: { organisation: org.key, file: text } };
    writeFileSync(resolve(line.workingFolder, output), text);
    return { text: `Wrote ${org.key} to ${output}.`, json: { organisation: org.key, output } };
  });
}
