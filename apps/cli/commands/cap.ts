import type { Command } from "commander";
import type { ActorOptions } from "../actor.ts";
import type { CommandLine } from "../command-line.ts";
import { personCommand } from "../person-command.ts";
import { pressOffered } from "../press-offered.ts";

interface CapOptions extends ActorOptions {
  period?: string;
  today?: boolean;
  reason: string;
}

export function addCap(program: Command, line: CommandLine): void {
  const cap = program.command("cap").description("what a key or agent may use at most");
  personCommand(
    cap
      .command("show")
      .description("the caps of a key or scope")
      .argument("<kind>", "key, agent, project or team")
      .argument("<name>"),
    line,
    "unproven",
    ([kind = "", name = ""]) =>
      ({ brain, from }) =>
        brain.ask({ ...from, text: `cap ${kind} "${name}"` }),
  );
  addBreakGlass(cap, line);
  for (const verb of ["set", "raise"] as const) {
    const command = cap
      .command(verb)
      .description(verb === "set" ? "set the cap of a scope" : "raise a cap, for good or for today")
      .argument("<kind>", "agent, project or team; key asks as key raise does")
      .argument("<name>")
      .argument("<dollars>")
      .requiredOption("--reason <text>", "kept in the audit log")
      .option("--period <period>", "day, week or month");
    if (verb === "raise") command.option("--today", "until the end of today only");
    personCommand<CapOptions>(
      command,
      line,
      "proven",
      ([kind = "", name = "", dollars = ""]) =>
        async ({ brain, from }, _pool, { period, today, reason }) => {
          const more = [period === undefined ? "" : `a ${period}`, today === true ? "today" : ""];
          const words = `cap ${verb} ${kind} "${name}" ${dollars} ${more.join(" ")}`;
          const answer = await brain.ask({ ...from, text: `${words} because ${reason}` });
          const [offered] = answer.actions;
          if (answer.state !== "ok" || offered?.kind !== "press") return answer;
          return brain.press({ ...from, verb: offered.verb, token: offered.token, values: {} });
        },
    );
  }
}

function addBreakGlass(cap: Command, line: CommandLine): void {
  const command = cap
    .command("break-glass")
    .description("20% more for 4 hours, once in a cap's period; the Accountable is told at once")
    .argument("<kind>", "key, agent, project or team")
    .argument("<name>")
    .requiredOption("--reason <text>", "why it cannot wait; kept in the audit log");
  personCommand<CapOptions>(
    command,
    line,
    "proven",
    ([kind = "", name = ""]) =>
      (spoken, _pool, { reason }) =>
        pressOffered(spoken, `break glass ${kind} "${name}" because ${reason}`, ["break_glass"]),
  );
}
