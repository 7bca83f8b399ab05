import type { Command } from "commander";
import type { ActorOptions } from "../actor.ts";
import type { CommandLine } from "../command-line.ts";
import { personCommand } from "../person-command.ts";
import { pressOffered } from "../press-offered.ts";

interface BlockOptions extends ActorOptions {
  reason: string;
  cut?: boolean;
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
