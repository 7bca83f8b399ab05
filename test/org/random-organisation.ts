import fc, { type GeneratorValue } from "fast-check";
import { CHANNEL_KINDS } from "#core/org/words.ts";

const PEOPLE = ["ana", "ben", "chi", "dan", "eva"];
const FUNCTIONS = ["finance", "engineering", "governance", "product", "security", "procurement"];

type Draws = ReturnType<typeof drawing>;

function drawing(g: GeneratorValue) {
  const maybe = (): boolean => g(fc.boolean);
  const pick = <T>(list: readonly T[]): T => {
    const found = list[g(fc.nat, { max: list.length - 1 })];
    if (found === undefined) throw new Error("there is something to pick");
    return found;
  };
  const some = <T>(list: readonly T[]): T[] => list.filter(maybe);
  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((one) => ({ one, place: g(fc.nat) }))
      .sort((a, b) => a.place - b.place)
      .map(({ one }) => one);
  const optional = <T>(name: string, make: () => T): Record<string, T> =>
    maybe() ? { [name]: make() } : {};
  const text = (): string =>
    pick(["0042", "yes", "a: b", "#x", "2026-01-01", "Zoë & Co", "1e5", "~"]);
  return { g, maybe, pick, some, shuffled, optional, text };
}

/** A valid organisation's file as plain data, different in everything that a file can say. */
export function randomOrganisation(g: GeneratorValue, key: string): Record<string, unknown> {
  const draws = drawing(g);
  const { pick, optional, maybe, text } = draws;
  const { teams, paths } = randomTeams(draws);
  return {
    organisation: {
      key,
      name: text(),
      time_zone: "Asia/Kathmandu",
      accountable_for_ai_cost: pick(PEOPLE),
      ...optional("retention", () => ({ hour_days: g(fc.integer, { min: 15, max: 99 }) })),
      ...optional("privacy", () => ({ person_detail: "named", basis: text() })),
      ...optional("approvals", () => ({ self_approval: maybe() })),
      ...optional("quiet_hours", () => ({ from: "22:00", until: "06:30" })),
      ...optional("key_policy", () => ({
        ...optional("approve_up_to", () => pick(["25", "0.50"])),
        ...optional("second_approver_above", () => "5000"),
        ...optional("remind_after_hours", () => 12),
      })),
      ...optional("inventory", () => ({
        ...optional("idle_days", () => 45),
        ...optional("vendor_reviews", () => ({
          spend_a_year: pick<unknown>([[10_000], ["2500.50", 100_000]]),
          ...optional("vendors", () => [{ vendor: text(), spend_a_year: ["5"] }]),
        })),
      })),
    },
    people: PEOPLE.map((person) => ({
      key: person,
      ...optional("name", text),
      ...optional("email", () => `${person}@acme.example`),
      ...optional("github", () => `${person}-1`),
      ...(person === "ana"
        ? optional("delegates", () => [{ to: "ben", from: "2026-01-01", until: "2026-02-01" }])
        : {}),
      ...(person === "eva" ? optional("left_on", () => "2026-03-01") : {}),
    })),
    ...randomResponsibility(draws),
    functions: Object.fromEntries(FUNCTIONS.map((name) => [name, pick(PEOPLE)])),
    teams,
    ...randomInventory(draws, paths),
    ...randomBudgets(draws, paths),
  };
}

function randomBudgets({ pick, some, optional, text }: Draws, paths: readonly string[]) {
  const terms = () => ({
    amount: pick<unknown>([10, 12_000, "50.50", 0.25]),
    ...optional("period", () => pick(["day", "quarter"])),
    ...optional("alerts", () => [50, 90]),
    ...optional("reason", text),
  });
  return {
    ...optional("budgets", () => [
      terms(),
      ...some(paths).map((scope) => ({
        scope,
        ...terms(),
        ...optional("cap", () => pick(["hard", "soft"])),
      })),
      { workflow: "w: 100%", ...terms(), amount: 5_000, unit: "tokens" },
      { product: "p", ...terms() },
    ]),
    ...optional("targets", () => ({
      ...optional("attribution_coverage", () => 97.5),
      workflows: [{ workflow: "w: 1", human_baseline: 6, ...optional("outcome", text) }],
    })),
  };
}

function randomResponsibility({ pick, some, optional }: Draws) {
  return {
    ...optional("functions", () =>
      Object.fromEntries(some(FUNCTIONS).map((name) => [name, pick(PEOPLE)])),
    ),
    ...optional("raci", () => ({ apply_levers: { [pick(FUNCTIONS)]: pick(["A", "AR"]) } })),
    ...optional("on_call", () => pick<unknown>([pick(PEOPLE), ["ana", "ben"]])),
    ...optional("models", () => pick([["claude-haiku-*"], ["gpt-5", "gpt-4o"]])),
    ...optional("channel", () => pick(["slack:C0A", "slack:G0B", "teams:19:c@thread.v2"])),
    ...optional("channels", () =>
      Object.fromEntries(
        some(CHANNEL_KINDS).map((kind) => [kind, pick(["slack:C0A", "slack:C0K"])]),
      ),
    ),
  };
}

function randomTeams(draws: Draws) {
  const { pick, some, optional, text } = draws;
  const scope = (name: string) => ({
    key: name,
    ...optional("name", text),
    ...optional("cost_centre", text),
    ...optional("archetype", () => pick(["simple_qa", "agentic_workflow"])),
    ...optional("members", () => pick([["ben"], ["ana", "eva"]])),
    ...randomResponsibility(draws),
  });
  const paths: string[] = [];
  const teams = some(["a", "b", "c"]).map((team) => {
    paths.push(team);
    const projects = some(["x", "y"]).map((project) => {
      paths.push(`${team}/${project}`);
      const agents = some(["m", "n"]);
      paths.push(...agents.map((agent) => `${team}/${project}/${agent}`));
      return { ...scope(project), agents: agents.map(scope) };
    });
    return { ...scope(team), projects };
  });
  return { teams, paths };
}

function randomInventory(draws: Draws, paths: readonly string[]) {
  const { g, maybe, pick, some, shuffled, optional, text } = draws;
  const owned = () => ({
    ...optional("owner", () => pick(PEOPLE)),
    ...optional("cost_centre", text),
    ...optional("approved_use", text),
  });
  const bought = () => ({
    ...optional("procurement", () => pick(["pay_as_you_go", "committed", "marketplace"])),
    ...optional("contract", () => ({
      ...optional("from", () => "2026-01-01"),
      until: "2026-12-31",
      ...optional("notice_days", () => pick([0, 60])),
    })),
  });
  const place = () => (paths.length === 0 ? {} : optional("scope", () => pick(paths)));
  const projects = shuffled(paths.filter((path) => path.split("/").length === 2));
  const half = g(fc.nat, { max: projects.length });
  const second = { key: "q", part_of: "p", name: text(), projects: projects.slice(half) };
  return {
    products: [
      { key: "p", projects: projects.slice(0, half), ...optional("workflows", () => ["w", "v"]) },
      ...(maybe() ? [second] : []),
    ],
    accounts: some(["main", "side"]).map((name) => ({
      key: name,
      provider: "openai",
      id: `${name} ${text()}`,
      ...owned(),
      ...bought(),
      projects: paths.length === 0 ? [] : [{ id: text(), scope: pick(paths) }],
    })),
    keys: some(["k", "l"]).map((name) => ({
      key: name,
      provider: "openai",
      ...(maybe() ? { id: `key_${name}` } : { sha256: name.charCodeAt(0).toString(16).repeat(32) }),
      ...owned(),
      ...place(),
    })),
    payment_methods: some(["card"]).map((name) => ({ key: name, ...owned() })),
    seat_plans: some(["seats"]).map((name) => ({
      key: name,
      provider: "cursor",
      seats: 3,
      ...owned(),
      ...bought(),
    })),
    repositories: (paths.length === 0 ? [] : some(["acme/shop", "acme/site"])).map((name) => {
      const scope = pick(paths);
      return {
        repository: name,
        ...optional("id", () => "4711"),
        ...optional("project", () => scope),
        scopes: [scope],
      };
    }),
    sources: some(["litellm", "otlp"]).map((source) => ({
      source,
      counts_for:
        source === "otlp" ? "nothing" : pick<unknown>(["everything", [{ provider: "a*" }]]),
    })),
    attribution_rules: shuffled(some(["r1", "r2", "r3"])).map((name) => ({
      key: name,
      when: { model: `${name}-*`, environment: text() },
      workflow: text(),
      ...place(),
    })),
    prices: {
      own: some([1, 2]).map((input) => ({ model: `m${input}`, input: `0.${input}0` })),
      discounts: shuffled(some(["d", "e"])).map((name) => ({ name, percent: 10 })),
    },
  };
}
