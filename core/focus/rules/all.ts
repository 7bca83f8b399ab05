import type { Rule } from "../rule.ts";
import { ACCOUNT_RULES } from "./accounts.ts";
import { ATTRIBUTES } from "./attributes.ts";
import { CHARGE_RULES } from "./charges.ts";
import { COMMITMENT_RULES } from "./commitments.ts";
import { COST_RULES } from "./costs.ts";
import { presenceRules } from "./presence.ts";
import { PRICE_RULES } from "./prices.ts";
import { SERVICE_RULES } from "./services.ts";

const COLUMN_RULES = [
  ...ACCOUNT_RULES,
  ...CHARGE_RULES,
  ...COST_RULES,
  ...PRICE_RULES,
  ...COMMITMENT_RULES,
  ...SERVICE_RULES,
];

const wholes = (rules: readonly Rule[]): string[] =>
  rules.map(({ id }) => id).filter((id) => /-000-[MCO]$/.test(id));

/**
 * Every rule of FOCUS 1.2 (2025-05-30) under the id of its requirements model, as the specification's
 * normative sentences say it: https://focus.finops.org/focus-specification/v1-2/
 */
export const FOCUS_RULES: readonly Rule[] = [
  ...presenceRules(wholes(ATTRIBUTES), wholes(COLUMN_RULES)),
  ...ATTRIBUTES,
  ...COLUMN_RULES,
];
