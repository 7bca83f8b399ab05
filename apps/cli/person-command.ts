import type { Command } from "commander";
import type { Pool } from "pg";
import type { Answer } from "#core/answers/schema.ts";
import { type ActorOptions, AS_OPTION, CODE_OPTION } from "./actor.ts";
import type { CommandLine } from "./command-line.ts";
import { withDatabase } from "./database.ts";
import { JSON_OPTION, ORG_OPTION } from "./options.ts";
import { outcomeOf, type Spoken, speakAs } from "./person-brain.ts";
import { report } from "./report.ts";

/** What a command does for whoever speaks. */
export type Work<O> = (spoken: Spoken, pool: Pool, options: O) => Promise<Answer>;

/** Adds the options that every command here has, and runs it as whoever they prove to be. */
export function personCommand<O extends ActorOptions>(
  command: Command,
  line: CommandLine,
  proof: "proven" | "unproven",
  work: (words: readonly string[]) => Work<O>,
): void {
  command
    .option(...AS_OPTION)
    .option(...CODE_OPTION)
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((...given: unknown[]) => {
      // A parent that takes the same options reads them first.
      const options = command.optsWithGlobals<O>();
      const words = given
        .slice(0, -2)
        .flat()
        .filter((one) => typeof one === "string");
      return report(line, options.json === true, () =>
        withDatabase(line, async ({ pool }) => {
          const spoken = await speakAs(line, pool, options, proof);
          return outcomeOf(await work(words)(spoken, pool, options));
        }),
      );
    });
}
