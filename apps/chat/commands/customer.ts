import { spendCommand } from "./spend-command.ts";

export const customer = spendCommand("customer", {
  name: "customer",
  usage: "customer NAME [PERIOD] [by ...] [vs ...]",
  summary: "What a customer cost, for those who may.",
});
