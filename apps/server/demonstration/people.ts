import type { Agent } from "./cast.ts";

export interface DemonstrationPerson {
  readonly key: string;
  readonly name: string;
  /** What they are here; for the console's list. */
  readonly title: string;
}

function person(name: string, title: string): DemonstrationPerson {
  return { key: name.toLowerCase().replaceAll(" ", "."), name, title };
}

export const DOMAIN = "meridian.example";

/** Who holds something. The first is whom the console asks as when it does not say. */
export const LEADS = {
  payments: person("Dana Whitfield", "payments lead"),
  paymentsOnCall: person("Jonas Abara", "payments, on call"),
  finance: person("Samuel Okafor", "finance"),
  governance: person("Ruth Adler", "AI governance"),
  engineering: person("Ines Carvalho", "engineering"),
  product: person("Leo Tanaka", "product"),
  cost: person("Maya Lindqvist", "answers for AI cost"),
  security: person("Omar Haddad", "security"),
  procurement: person("Nora Brandt", "procurement"),
  onCall: person("Felix Moreau", "platform, on call"),
  cx: person("Priya Raman", "CX lead"),
  cxProduct: person("Alma Reyes", "CX product"),
  legal: person("Tomas Novak", "legal operations lead"),
  revenue: person("Grace Oyelaran", "revenue lead"),
  it: person("Henrik Sorensen", "IT lead"),
  brand: person("Camille Laurent", "brand lead"),
  search: person("Yusuf Demir", "search lead"),
  data: person("Mei Chen", "data lead"),
} as const;

/** Whom the console asks as: the first unless one is chosen. */
export const SPEAKERS: readonly DemonstrationPerson[] = [
  LEADS.payments,
  LEADS.engineering,
  LEADS.cx,
  LEADS.it,
  LEADS.finance,
  LEADS.cost,
  LEADS.governance,
  LEADS.paymentsOnCall,
];

const FIRST = ["Ada", "Ben", "Cleo", "Dev", "Elif", "Finn", "Gita", "Hugo", "Ida", "Joel", "Kira"];
const LAST = ["Amara", "Berg", "Costa", "Diaz", "Evans", "Fofana"];

/** Everybody else: they use the agents and hold nothing. */
const EMPLOYEES = LAST.flatMap((last) => FIRST.map((first) => person(`${first} ${last}`, "staff")));

export const PEOPLE: readonly DemonstrationPerson[] = [...Object.values(LEADS), ...EMPLOYEES];

export const CUSTOMERS = [
  "Alder Foods",
  "Basalt Energy",
  "Copperline",
  "Dovetail Homes",
  "Eastgate Clinic",
  "Fennel Market",
  "Granite Rail",
  "Harbour Freight Co",
  "Inkwell Press",
  "Juniper Travel",
  "Kestrel Air",
  "Lantern Hotels",
  "Millrace Paper",
  "Northpoint Bank",
  "Oakfield Schools",
  "Pillar Insurance",
  "Quarry Tools",
  "Ridgeway Motors",
  "Saltmarsh Farms",
  "Tidewater Ports",
  "Umber Paint",
  "Vale Textiles",
  "Wharf Coffee",
  "Yarrow Health",
] as const;

/** Who calls an agent, the heaviest caller first. */
export function callersOf({ callers, team }: Pick<Agent, "callers" | "team">): readonly string[] {
  if (callers.by === "customer") return CUSTOMERS.slice(0, callers.of);
  // Each team's users begin elsewhere in the list, so that nobody is the heaviest everywhere.
  const start = [...team].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % PEOPLE.length;
  return Array.from({ length: callers.of }, (_, index) => {
    const found = PEOPLE[(start + index * 5) % PEOPLE.length];
    return found?.key ?? LEADS.payments.key;
  });
}
