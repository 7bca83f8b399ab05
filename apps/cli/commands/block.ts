import type { Command } from "commander";
import type { Answer } from "#core/answers/schema.ts";
import type { ActorOptions } from "../actor.ts";
import type { CommandLine } from "../command-line.ts";
import type { Spoken } from "../person-brain.ts";
import { personCommand } from "../person-command.ts";

interface BlockOptions extends ActorOptions {
  reason: string;
  cut?: boolean;
}

/**
 * Asks what the words name, and presses what the answer offers: one way for chat and command line.
 */
async function pressOffered(
  { brain, from }: Spoken,
  text: string,
  verbs: readonly string[],
): Promise<Answer> {
  const answer = await brain.ask({ ...from, text });
  const offered = answer.actions.find(
    (action) => action.kind === "press" && verbs.includes(action.verb),
  );
  if (offered?.kind !== "press") return answer;
  const { verb, token } = offered;
  return brain.press({ ...from, verb, token, values: {} });
}

const TARGETS = "key, agent, project or team";

export function addBlock(program: Command, line: CommandLine): void {
  const command = program
    .command("block")
    .description("refuse all traffic of a key or scope at every gateway, at once")
    .argument("<kind>", TARGETS)
    .argument("<name>", "such as ci-nightly-7")
    .requiredOption("--reason <text>", "kept in the audit log")
    .option("--cut", "also cut live streams");
  personCommand<BlockOptions>(
    command,
    line,
    "proven",
    ([kind = "", name = ""]) =>
      (spoken, _pool, { reason, cut }) =>
        pressOffered(spoken, `block ${kind} "${name}" because ${reason}`, [
          cut === true ? "traffic_cut" : "traffic_block",
        ]),
  );
}

export function addUnblock(program: Command, line: CommandLine): void {
  const command = program
    .command("unblock")
    .description("lift a block; whoever may approve keys there")
    .argument("<kind>", TARGETS)
    .argument("<name>");
  personCommand(
    command,
    line,
    "proven",
    ([kind = "", name = ""]) =>
      (spoken) =>
        pressOffered(spoken, `unblock ${kind} "${name}"`, ["traffic_unblock"]),
  );
}
