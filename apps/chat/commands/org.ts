import { spendCommand } from "./spend-command.ts";

export const org = spendCommand("org", {
  name: "org",
  usage: "org [PERIOD] [by ...] [vs ...]",
  summary: "What the whole organisation spent.",
  isFirst: true,
});
