import { type Command, Option } from "commander";
import { applyFile } from "#core/org/service.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorActor } from "../operator.ts";
import { type CommonOptions, JSON_OPTION } from "../options.ts";
import { readFileText } from "../organization-file.ts";
import { report } from "../report.ts";

interface ApplyOptions extends CommonOptions {
  take?: "file" | "chat";
}

export function addApply(program: Command, line: CommandLine): void {
  program
    .command("apply")
    .description("make the organisation what aispend.yaml says, in one audited transaction")
    .argument("[file]", "aispend.yaml here unless given")
    .addOption(
      new Option("--take <which>", "what stands where a value was last set in chat").choices([
        "file",
        "chat",
      ]),
    )
    .option(...JSON_OPTION)
    .action((file: string | undefined, options: ApplyOptions) =>
      report(line, options.json === true, () => apply(line, file, options)),
    );
}

function apply(
  line: CommandLine,
  file: string | undefined,
  { take }: ApplyOptions,
): Promise<Outcome> {
  const text = readFileText(line, file);
  return withDatabase(line, async ({ pool }) => {
    const by = operatorActor();
    const { lines, plan, orgId } = await applyFile(pool, {
      file: text,
      take,
      by,
      now: line.clock(),
    });
    const { creates, changes, kept } = plan;
    return { text: lines.join("\n"), json: { orgId, creates, changes, kept, lines } };
  });
}
