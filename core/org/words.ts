/** The closed vocabularies of the organisation's file, and how each is said to a person. */

export const FUNCTIONS = [
  "finance",
  "engineering",
  "governance",
  "product",
  "security",
  "procurement",
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export const ACTIVITIES = [
  "set_ai_budget",
  "attribute_spend",
  "apply_levers",
  "define_outcome",
  "run_evaluation_gate",
  "set_cost_policy",
  "review_kpis",
] as const;
export type Activity = (typeof ACTIVITIES)[number];

export const ACTIVITY_SAID = {
  set_ai_budget: "set AI budget and forecast",
  attribute_spend: "attribute spend to workflows",
  apply_levers: "apply reduction levers",
  define_outcome: "define successful outcome",
  run_evaluation_gate: "run the evaluation gate",
  set_cost_policy: "set cost policy and limits",
  review_kpis: "review KPIs and SLOs",
} satisfies Record<Activity, string>;

export const ARCHETYPES = [
  "simple_qa",
  "multi_turn_chatbot",
  "document_analysis",
  "agentic_workflow",
  "code_generation",
  "content_generation",
] as const;
export type Archetype = (typeof ARCHETYPES)[number];

export const PERSON_DETAILS = ["self", "aggregated", "named"] as const;
export type PersonDetail = (typeof PERSON_DETAILS)[number];

export const SCOPE_KINDS = ["team", "project", "agent"] as const;
export type ScopeKind = (typeof SCOPE_KINDS)[number];

export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;

/** Kinds of messages that rooms get unasked, and that a scope may send to a room of their own. */
export const CHANNEL_KINDS = [
  "weekly_showback",
  "budget_alert",
  "anomaly",
  "approval",
  "cap_alert",
  "key_review",
  "pull_request",
  "price_change",
  "weekly_inventory",
] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export const CHANNEL_KIND_SAID = {
  weekly_showback: "weekly showback",
  budget_alert: "budget alerts",
  anomaly: "anomalies",
  approval: "approvals of keys, caps and pull requests",
  cap_alert: "caps and blocks",
  key_review: "review of keys",
  pull_request: "pull requests",
  price_change: "price changes",
  weekly_inventory: "inventory",
} satisfies Record<ChannelKind, string>;

/** When reports go out where an organisation's file does not say. */
export const REPORT_TIMES = {
  showback: { weekday: "monday", at: "09:00" },
  review: { working_day: 1, at: "09:00" },
} as const;

export const ITEM_KINDS = ["account", "key", "payment_method", "seat_plan"] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

export const PROCUREMENTS = [
  "pay_as_you_go",
  "committed",
  "prepaid",
  "seats",
  "marketplace",
] as const;
export type Procurement = (typeof PROCUREMENTS)[number];
