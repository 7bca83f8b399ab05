import { spendCommand } from "./spend-command.ts";

export const product = spendCommand("product", {
  name: "product",
  usage: "product NAME [PERIOD] [by ...] [vs ...]",
  summary: "What a product cost.",
});
