import { spendCommand } from "./spend-command.ts";

export const model = spendCommand("model", {
  name: "model",
  usage: "model NAME [PERIOD] [by DIMENSION] [vs PERIOD]",
  summary: "What a model, or a family such as claude, cost.",
});
