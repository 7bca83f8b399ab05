import { addDays, type Day } from "#core/time.ts";
import { AGENTS } from "./agents.ts";
import type { Agent } from "./cast.ts";
import { TARGET_LINES } from "./outcomes.ts";
import { DOMAIN, LEADS, PEOPLE } from "./people.ts";

/** No organisation of one's own is likely to have this key. */
export const DEMONSTRATION_KEY = "demonstration";

interface TeamOutline {
  readonly key: string;
  readonly name: string;
  readonly costCentre: string;
  readonly lead: keyof typeof LEADS;
  readonly product: keyof typeof LEADS;
  readonly onCall: keyof typeof LEADS;
  readonly archetype: string;
}

const TEAMS: readonly TeamOutline[] = [
  {
    key: "cx",
    name: "CX",
    costCentre: "CC-1100",
    lead: "cx",
    product: "cxProduct",
    onCall: "onCall",
    archetype: "multi_turn_chatbot",
  },
  {
    key: "legal-ops",
    name: "Legal Ops",
    costCentre: "CC-1200",
    lead: "legal",
    product: "product",
    onCall: "onCall",
    archetype: "document_analysis",
  },
  {
    key: "revenue",
    name: "Revenue",
    costCentre: "CC-1300",
    lead: "revenue",
    product: "product",
    onCall: "onCall",
    archetype: "agentic_workflow",
  },
  {
    key: "it",
    name: "IT",
    costCentre: "CC-1400",
    lead: "it",
    product: "product",
    onCall: "onCall",
    archetype: "simple_qa",
  },
  {
    key: "brand",
    name: "Brand",
    costCentre: "CC-1500",
    lead: "brand",
    product: "product",
    onCall: "onCall",
    archetype: "content_generation",
  },
  {
    key: "payments",
    name: "Payments",
    costCentre: "CC-2100",
    lead: "payments",
    product: "product",
    onCall: "paymentsOnCall",
    archetype: "agentic_workflow",
  },
  {
    key: "search",
    name: "Search",
    costCentre: "CC-2200",
    lead: "search",
    product: "product",
    onCall: "onCall",
    archetype: "simple_qa",
  },
  {
    key: "data",
    name: "Data",
    costCentre: "CC-2300",
    lead: "data",
    product: "product",
    onCall: "onCall",
    archetype: "document_analysis",
  },
];

/** A little above what each spends; the data team has none yet. */
const BUDGET_LINES: readonly string[] = [
  "budgets:",
  "  - { amount: 125000, reason: The plan of the year }",
  "  - { scope: cx, amount: 46000, reason: 110% of the month measured }",
  "  - { scope: legal-ops, amount: 27000, reason: 110% of the month measured }",
  "  - { scope: revenue, amount: 19500, reason: 110% of the month measured }",
  "  - { scope: it, amount: 17000, reason: 110% of the month measured }",
  "  - { scope: brand, amount: 7300, reason: 110% of the month measured }",
  "  - { scope: payments, amount: 4500, reason: 115% of the month measured }",
  "  - { scope: search, amount: 500, reason: 120% of the month measured }",
];

/** Notice has to be given in two weeks. */
function contractLine(today: Day): string {
  const until = addDays(today, 75);
  return `    contract: { from: ${addDays(until, -364)}, until: ${until}, notice_days: 60 }`;
}

/** Accounts, keys, payment methods and seats: most with an owner, some to be decided about. */
function inventoryLines(today: Day | undefined): string[] {
  return [
    "accounts:",
    "  - key: anthropic-main",
    "    name: Anthropic, production",
    "    provider: anthropic",
    `    owner: ${LEADS.engineering.key}`,
    "    cost_centre: CC-1000",
    "    approved_use: All production agents, through the gateway.",
    "    procurement: committed",
    ...(today === undefined ? [] : [contractLine(today)]),
    "    payment_method: invoice",
    "  - key: openai-main",
    "    name: OpenAI",
    "    provider: openai",
    `    owner: ${LEADS.it.key}`,
    "    cost_centre: CC-1400",
    "    approved_use: The knowledge bot.",
    "    procurement: pay_as_you_go",
    "    payment_method: corporate-card",
    "  - key: meridian-lab",
    "    name: Models of the data team",
    "    provider: meridian",
    `    owner: ${LEADS.data.key}`,
    "    cost_centre: CC-2300",
    "    approved_use: Labels of catalogue rows.",
    "keys:",
    ...AGENTS.map(keyLine),
    // What was tried last year and never ended.
    "  - { key: pilot-2025, provider: openai, account: openai-main, id: key-pilot-2025, owner: " +
      `${LEADS.it.key}, cost_centre: CC-1400, approved_use: Trial of the knowledge bot. }`,
    "payment_methods:",
    `  - { key: invoice, name: Invoice, owner: ${LEADS.finance.key}, cost_centre: CC-1000 }`,
    "  - { key: corporate-card, name: Card ending 4242, cost_centre: CC-1000 }",
    "seat_plans:",
    "  - key: copilot-business",
    "    name: GitHub Copilot Business",
    "    provider: github",
    "    seats: 46",
    `    owner: ${LEADS.procurement.key}`,
    "    cost_centre: CC-1000",
    "    approved_use: Engineers.",
    "    procurement: seats",
    "    payment_method: invoice",
  ];
}

/**
 * The aispend.yaml of the demonstration, as text: it is planned and applied like anybody's. A contract
 * that ends soon is in it when it is told what day it is.
 */
export function demonstrationFile(today?: Day): string {
  return [
    "organisation:",
    `  key: ${DEMONSTRATION_KEY}`,
    "  name: Meridian Supply",
    "  time_zone: UTC",
    `  accountable_for_ai_cost: ${LEADS.cost.key}`,
    '  key_policy: { approve_up_to: "25", second_approver_above: "5000" }',
    "  inventory:",
    "    vendor_reviews: { spend_a_year: [25000, 250000], due_days: 45 }",
    "people:",
    ...PEOPLE.map(({ key, name }) => `  - { key: ${key}, name: ${name}, email: ${key}@${DOMAIN} }`),
    "functions:",
    `  finance: ${LEADS.finance.key}`,
    `  engineering: ${LEADS.engineering.key}`,
    `  governance: ${LEADS.governance.key}`,
    `  product: ${LEADS.product.key}`,
    `  security: ${LEADS.security.key}`,
    `  procurement: ${LEADS.procurement.key}`,
    `on_call: ${LEADS.onCall.key}`,
    "teams:",
    ...TEAMS.flatMap(teamLines),
    "products:",
    "  - { key: helpdesk, name: Helpdesk, projects: [cx/helpdesk] }",
    "  - { key: checkout, name: Checkout, projects: [payments/checkout, payments/disputes, " +
      "search/ranking] }",
    ...inventoryLines(today),
    "sources:",
    // Its history, and what its keys send through the gateway that it runs.
    '  - { source: "*gateway", counts_for: everything }',
    ...BUDGET_LINES,
    ...TARGET_LINES,
    "",
  ].join("\n");
}

function teamLines(team: TeamOutline): string[] {
  const agents = AGENTS.filter((agent) => agent.team === team.key);
  const projects = [...new Set(agents.map((agent) => agent.project))];
  return [
    `  - key: ${team.key}`,
    `    name: ${team.name}`,
    `    cost_centre: ${team.costCentre}`,
    `    archetype: ${team.archetype}`,
    `    functions: { engineering: ${LEADS[team.lead].key}, product: ${LEADS[team.product].key} }`,
    `    on_call: ${LEADS[team.onCall].key}`,
    "    projects:",
    ...projects.flatMap((project) => [
      `      - key: ${project}`,
      `        archetype: ${team.archetype}`,
      "        agents:",
      ...agents
        .filter((agent) => agent.project === project)
        .map((agent) => `          - { key: ${agent.agent} }`),
    ]),
  ];
}

function keyLine({ team, project, agent, key, models }: Agent): string {
  const provider = models[0]?.provider ?? "anthropic";
  const account = `${provider}-main`;
  const lead = TEAMS.find((outline) => outline.key === team)?.lead ?? "engineering";
  const use = `approved_use: "Traffic of ${agent}."`;
  // The nightly CI key belongs to the team: its calls may name any agent of the team.
  const scope = key === "ci-nightly-7" ? team : `${team}/${project}/${agent}`;
  return (
    `  - { key: ${key}, provider: ${provider}, account: ${account}, id: ${key}, scope: ${scope}, ` +
    `owner: ${LEADS[lead].key}, ${use} }`
  );
}
