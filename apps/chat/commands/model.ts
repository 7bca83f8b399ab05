import { spendCommand } from "./spend-command.ts";

export const model = spendCommand("model", {
  name: "model",
  usage: "model NAME [PERIOD] [by ...] [vs ...]",
  summary: "What a model or a family of them cost.",
});
