import type { Command } from "commander";
import type { CommandLine } from "../command-line.ts";
import { configOf } from "../database.ts";
import type { CommonOptions } from "../options.ts";
import { report } from "../report.ts";

export function addStart(program: Command, line: CommandLine): void {
  program
    .command("start")
    .description("run the server; with nothing configured, the demonstration in the browser")
    .option("--json", "print what went wrong as JSON; logs are JSON in any case")
    .addHelpText("after", "\nREADME.md has a table of the environment that it reads.")
    .action((options: CommonOptions) =>
      report(line, options.json === true, async () => {
        const config = configOf(line);
        // Slack, Teams and charts load with it: other commands need not wait for them.
        const { runServer } = await import("#apps/server/run.ts");
        await runServer({
          config,
          clock: line.clock,
          workingFolder: line.workingFolder,
          say: (text) => line.out.write(`${text}\n`),
        });
        return { text: "", json: undefined };
      }),
    );
}
