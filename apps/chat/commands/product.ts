import { spendCommand } from "./spend-command.ts";

export const product = spendCommand("product", {
  name: "product",
  usage: "product NAME [PERIOD] [by DIMENSION] [vs PERIOD]",
  summary: "What a product cost.",
});
