import { spendCommand } from "./spend-command.ts";

export const project = spendCommand("project", {
  name: "project",
  usage: "project NAME [PERIOD] [by ...] [vs ...]",
  summary: "What a project cost.",
});
