import type { Command } from "commander";
import { planFile } from "#core/org/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION } from "../options.ts";
import { readFileText } from "../organization-file.ts";
import { report } from "../report.ts";

export function addPlan(program: Command, line: CommandLine): void {
  program
    .command("plan")
    .description("show what applying aispend.yaml would change; writes nothing")
    .argument("[file]", "aispend.yaml here unless given")
    .option(...JSON_OPTION)
    .action((file: string | undefined, options: CommonOptions) =>
      report(line, options.json === true, () => plan(line, file)),
    );
}

function plan(line: CommandLine, file: string | undefined): Promise<Outcome> {
  const text = readFileText(line, file);
  return withDatabase(line, async ({ pool }) => {
    const { plan, lines } = await planFile(pool, text, line.clock());
    const { creates, changes, conflicts, kept } = plan;
    return { text: lines.join("\n"), json: { creates, changes, conflicts, kept, lines } };
  });
}
