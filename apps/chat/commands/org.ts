import { spendCommand } from "./spend-command.ts";

export const org = spendCommand("org", {
  name: "org",
  usage: "org [PERIOD] [by DIMENSION] [vs PERIOD]",
  summary: "What the whole organisation spent.",
  isFirst: true,
});
