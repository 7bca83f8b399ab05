import { spendCommand } from "./spend-command.ts";

export const agent = spendCommand("agent", {
  name: "agent",
  usage: "agent NAME [PERIOD] [by ...] [vs ...]",
  summary: "What an agent cost.",
});
