import { spendCommand } from "./spend-command.ts";

export const provider = spendCommand("provider", {
  name: "provider",
  usage: "provider NAME [PERIOD] [by ...] [vs ...]",
  summary: "What was spent with a provider.",
});
