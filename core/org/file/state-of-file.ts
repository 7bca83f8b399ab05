import { canonicalJson } from "#core/audit/canonical-json.ts";
import { parseDay } from "#core/time.ts";
import type { KeyPolicyFile } from "../key-policy-schema.ts";
import { DEFAULT_RACI } from "../raci-default.ts";
import type { OrganisationFile, PersonFile, RaciRowFile, ResponsibilityFile } from "../schema.ts";
import { ACTIVITIES, CHANNEL_KINDS, FUNCTIONS, type FunctionName } from "../words.ts";
import { budgetOfEntry } from "./budget-record.ts";
import { inventoryOfFile } from "./inventory-of-file.ts";
import { repositoriesOfFile } from "./repository-record.ts";
import {
  type ChannelRecord,
  channelKey,
  functionKey,
  type HolderRecord,
  type KeyPolicyRecord,
  lastKey,
  type OrganisationState,
  type PersonRecord,
  type PriceKind,
  type PriceRecord,
  type ProductRecord,
  type RaciRecord,
  type RuleRecord,
  raciKey,
  type ScopeRecord,
  SETTINGS,
  type SettingsRecord,
} from "./state.ts";
import { targetsOfFile } from "./target-record.ts";

/** People whose `left_on` the file does not give: what the directory said of them stays. */
export type Unsaid = ReadonlySet<string>;

export interface FileState extends OrganisationState {
  readonly leavingUnsaid: Unsaid;
  /** The file has no word of budgets: they are chat's. */
  readonly budgetsUnsaid: boolean;
}

/** The file as records. Call it with a file that check-file.ts found no fault with. */
export function stateOfFile(file: OrganisationFile): FileState {
  const scopes = scopesOf(file);
  const functions = new Map<string, HolderRecord>();
  const raci = new Map<string, RaciRecord>();
  const channels = new Map<string, ChannelRecord>();
  for (const activity of ACTIVITIES) raci.set(raciKey("", activity), DEFAULT_RACI[activity]);
  for (const [path, scope] of [["", file] as const, ...scopes]) {
    addResponsibilities(path, scope, functions, raci);
    for (const kind of CHANNEL_KINDS) {
      const channel = scope.channels?.[kind];
      if (channel !== undefined) channels.set(channelKey(path, kind), { channel });
    }
  }
  const people = file.people.map((person) => [person.key, personOf(person)] as const);
  return {
    settings: new Map([[SETTINGS, settingsOf(file)]]),
    people: new Map(people),
    scopes: new Map([...scopes].map(([path, scope]) => [path, scopeOf(path, scope)])),
    functions,
    raci,
    channels,
    products: new Map((file.products ?? []).map((product) => [product.key, productOf(product)])),
    inventory: inventoryOfFile(file),
    sources: new Map(
      (file.sources ?? []).map((source) => [source.source, { countsFor: source.counts_for }]),
    ),
    rules: new Map(
      (file.attribution_rules ?? []).map((rule, index) => [rule.key, ruleOf(rule, index)]),
    ),
    prices: pricesOf(file.prices ?? {}),
    budgets: new Map((file.budgets ?? []).map(budgetOfEntry)),
    targets: targetsOfFile(file.targets),
    repositories: repositoriesOfFile(file.repositories),
    budgetsUnsaid: file.budgets === undefined,
    leavingUnsaid: new Set(
      file.people.filter((person) => person.left_on === undefined).map((person) => person.key),
    ),
  };
}

type ScopeFile = ResponsibilityFile & {
  name?: string | undefined;
  cost_centre?: string | undefined;
  archetype?: ScopeRecord["archetype"] | undefined;
  models?: string[] | undefined;
  members?: string[] | undefined;
};

/** Every scope of the file by its path, parents first. */
export function scopesOf(file: OrganisationFile): Map<string, ScopeFile> {
  const scopes = new Map<string, ScopeFile>();
  for (const team of file.teams ?? []) {
    scopes.set(team.key, team);
    for (const project of team.projects ?? []) {
      const path = `${team.key}/${project.key}`;
      scopes.set(path, project);
      for (const agent of project.agents ?? []) scopes.set(`${path}/${agent.key}`, agent);
    }
  }
  return scopes;
}

function list(people: string | string[] | undefined): readonly string[] {
  return people === undefined ? [] : typeof people === "string" ? [people] : people;
}

function settingsOf({
  organisation: settings,
  on_call,
  channel,
  models,
}: OrganisationFile): SettingsRecord {
  return {
    name: settings.name,
    timeZone: settings.time_zone,
    accountable: settings.accountable_for_ai_cost,
    onCall: list(on_call),
    channel: channel ?? null,
    entryMonths: settings.retention.entry_months,
    hourDays: settings.retention.hour_days,
    personDays: settings.retention.person_days,
    personDetail: settings.privacy.person_detail,
    personDetailBasis: settings.privacy.basis ?? null,
    selfApproval: settings.approvals.self_approval,
    quietHours: settings.quiet_hours ?? null,
    models: models ?? [],
    keyPolicy: settings.key_policy === undefined ? null : keyPolicyOf(settings.key_policy),
    reports: settings.reports ?? null,
    inventory: settings.inventory ?? null,
  };
}

function keyPolicyOf(policy: KeyPolicyFile): KeyPolicyRecord {
  return {
    approveUpTo: policy.approve_up_to ?? null,
    approveDays: policy.approve_days,
    secondAbove: policy.second_approver_above ?? null,
    remindHours: policy.remind_after_hours,
    escalateHours: policy.escalate_after_hours,
    expireDays: policy.expire_after_days,
  };
}

function personOf(person: PersonFile): PersonRecord {
  const delegates = (person.delegates ?? []).map(({ to, from, until }) => ({
    to,
    from: parseDay(from),
    until: parseDay(until),
  }));
  return {
    name: person.name ?? null,
    email: person.email?.toLowerCase() ?? null,
    github: person.github ?? null,
    delegates: delegates.sort((a, b) => (a.from < b.from ? -1 : 1)),
    leftOn: person.left_on === undefined ? null : parseDay(person.left_on),
  };
}

function scopeOf(path: string, scope: ScopeFile): ScopeRecord {
  return {
    name: scope.name ?? lastKey(path),
    costCentre: scope.cost_centre ?? null,
    archetype: scope.archetype ?? null,
    onCall: list(scope.on_call),
    channel: scope.channel ?? null,
    models: scope.models ?? [],
    members: [...new Set(scope.members ?? [])].toSorted(),
  };
}

function addResponsibilities(
  path: string,
  scope: ResponsibilityFile,
  functions: Map<string, HolderRecord>,
  raci: Map<string, RaciRecord>,
): void {
  for (const name of FUNCTIONS) {
    const people = list(scope.functions?.[name]);
    if (people.length > 0) functions.set(functionKey(path, name), { people });
  }
  for (const activity of ACTIVITIES) {
    const row = scope.raci?.[activity];
    const record = row === undefined ? undefined : raciOf(row);
    if (record !== undefined) raci.set(raciKey(path, activity), record);
  }
}

/** Undefined when the row has no Accountable or more than one. */
export function raciOf(row: RaciRowFile): RaciRecord | undefined {
  const having = (letter: string): FunctionName[] =>
    FUNCTIONS.filter((name) => row[name]?.includes(letter) === true);
  const [accountable, ...more] = having("A");
  if (accountable === undefined || more.length > 0) return undefined;
  return {
    accountable,
    responsible: having("R"),
    consulted: having("C"),
    informed: having("I"),
  };
}

function productOf(product: NonNullable<OrganisationFile["products"]>[number]): ProductRecord {
  return {
    name: product.name ?? product.key,
    partOf: product.part_of ?? null,
    projects: (product.projects ?? []).toSorted(),
    workflows: (product.workflows ?? []).toSorted(),
  };
}

type RuleFile = NonNullable<OrganisationFile["attribution_rules"]>[number];

function ruleOf({ key: _key, when, scope, ...sets }: RuleFile, position: number): RuleRecord {
  return { position, when, scope: scope ?? null, sets };
}

function pricesOf(prices: NonNullable<OrganisationFile["prices"]>): Map<string, PriceRecord> {
  const numbered = (kind: PriceKind, all: readonly unknown[] | undefined) =>
    (all ?? []).map(
      (terms, position) => [`${kind}:${canonicalJson(terms)}`, { position, terms }] as const,
    );
  return new Map([
    ...numbered("own", prices.own),
    ...numbered("discount", prices.discounts),
    ...numbered("uplift", prices.regional_uplifts),
  ]);
}
