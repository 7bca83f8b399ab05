import { spendCommand } from "./spend-command.ts";

export const spend = spendCommand(undefined, {
  name: "spend",
  usage: "spend [ON] NAME [PERIOD] [by ...] [vs ...]",
  summary: "What anything of this name spent.",
});
