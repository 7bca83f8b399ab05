import { spendCommand } from "./spend-command.ts";

export const team = spendCommand("team", {
  name: "team",
  usage: "team [NAME] [PERIOD] [by ...] [vs ...]",
  summary: "What a team spent; your own unnamed.",
  isFirst: true,
});
