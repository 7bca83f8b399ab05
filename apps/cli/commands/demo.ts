import type { Command } from "commander";
import { removeDemonstration } from "#apps/server/demonstration/remove.ts";
import type { CommandLine } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION } from "../options.ts";
import { report } from "../report.ts";

export function addDemo(program: Command, line: CommandLine): void {
  program
    .command("demo")
    .description("the demonstration organisation that the first start makes")
    .command("remove")
    .description("remove it whole, and nothing else")
    .option(...JSON_OPTION)
    .action((options: CommonOptions) =>
      report(line, options.json === true, () =>
        withDatabase(line, async (database) => {
          const removed = await removeDemonstration(database.owner());
          const text =
            "The demonstration is removed. Write aispend.yaml and run: aispend apply, " +
            "or delete the .aispend folder to begin again with the demonstration.";
          return { text, json: { removed: true, ...removed } };
        }),
      ),
    );
}
