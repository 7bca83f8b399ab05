import { spendCommand } from "./spend-command.ts";

export const workflow = spendCommand("workflow", {
  name: "workflow",
  usage: "workflow NAME [PERIOD] [by ...] [vs ...]",
  summary: "What a workflow cost.",
});
