import { spendCommand } from "./spend-command.ts";

export const spend = spendCommand(undefined, {
  name: "spend",
  usage: "spend [ON] NAME [PERIOD] [by DIMENSION] [vs PERIOD]",
  summary: "What anything with this name spent: team, project, agent, model and so on.",
});
