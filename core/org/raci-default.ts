import type { RaciRecord } from "./file/state.ts";
import type { Activity } from "./words.ts";

/**
 * domain.md section 4. The published table names nobody Accountable for attributing spend; here
 * Engineering is both Responsible and Accountable for it.
 */
export const DEFAULT_RACI = {
  set_ai_budget: {
    accountable: "finance",
    responsible: [],
    consulted: ["engineering", "product"],
    informed: ["governance"],
  },
  attribute_spend: {
    accountable: "engineering",
    responsible: ["engineering"],
    consulted: ["finance"],
    informed: ["governance", "product"],
  },
  apply_levers: {
    accountable: "engineering",
    responsible: [],
    consulted: ["governance", "product"],
    informed: ["finance"],
  },
  define_outcome: {
    accountable: "product",
    responsible: [],
    consulted: ["finance", "engineering"],
    informed: ["governance"],
  },
  run_evaluation_gate: {
    accountable: "engineering",
    responsible: [],
    consulted: ["governance", "product"],
    informed: ["finance"],
  },
  set_cost_policy: {
    accountable: "governance",
    responsible: ["engineering"],
    consulted: ["finance", "product"],
    informed: [],
  },
  review_kpis: {
    accountable: "finance",
    responsible: ["engineering"],
    consulted: ["governance", "product"],
    informed: [],
  },
} as const satisfies Record<Activity, RaciRecord>;
