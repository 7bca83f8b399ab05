import { spendCommand } from "./spend-command.ts";

export const key = spendCommand("key", {
  name: "key",
  usage: "key NAME [PERIOD] [by ...] [vs ...]",
  summary: "What was spent through a key.",
});
