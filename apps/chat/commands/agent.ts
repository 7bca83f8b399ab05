import { spendCommand } from "./spend-command.ts";

export const agent = spendCommand("agent", {
  name: "agent",
  usage: "agent NAME [PERIOD] [by DIMENSION] [vs PERIOD]",
  summary: "What an agent cost.",
});
