import { spendCommand } from "./spend-command.ts";

export const team = spendCommand("team", {
  name: "team",
  usage: "team [NAME] [PERIOD] [by DIMENSION] [vs PERIOD]",
  summary: "What a team spent; without a name your own.",
  isFirst: true,
});
