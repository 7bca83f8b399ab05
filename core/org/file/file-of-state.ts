import { stringify } from "yaml";
import { canonicalJson } from "#core/audit/canonical-json.ts";
import { DEFAULT_RACI } from "../raci-default.ts";
import { ACTIVITIES, CHANNEL_KINDS, FUNCTIONS, type ItemKind } from "../words.ts";
import { entryOfBudget } from "./budget-record.ts";
import { entryOfRepository } from "./repository-record.ts";
import {
  channelKey,
  functionKey,
  type ItemRecord,
  itemKey,
  type KeyPolicyRecord,
  kindOfPath,
  lastKey,
  type OrganisationState,
  type PersonRecord,
  parentPath,
  type RaciRecord,
  raciKey,
  type ScopeRecord,
  SETTINGS,
  splitKey,
} from "./state.ts";
import { fileOfTargets } from "./target-record.ts";

type Fields = Record<string, unknown>;

/** Drops what is absent, so that the file holds only what says something. */
function present(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => {
      if (value === null || value === undefined) return false;
      if (Array.isArray(value)) return value.length > 0;
      return typeof value !== "object" || Object.keys(value).length > 0;
    }),
  );
}

function oneOrMany(people: readonly string[]): unknown {
  return people.length === 1 ? people[0] : people;
}

/** The records as plain data of aispend.yaml. `listed` says which people the file must hold. */
export function fileOfState(
  key: string,
  state: OrganisationState,
  listed: (person: string) => boolean,
): Fields {
  const settings = state.settings.get(SETTINGS);
  return present({
    organisation: settings && {
      ...present({
        key,
        name: settings.name,
        time_zone: settings.timeZone,
        accountable_for_ai_cost: settings.accountable,
      }),
      retention: {
        entry_months: settings.entryMonths,
        hour_days: settings.hourDays,
        person_days: settings.personDays,
      },
      privacy: present({ person_detail: settings.personDetail, basis: settings.personDetailBasis }),
      approvals: { self_approval: settings.selfApproval },
      ...present({
        quiet_hours: settings.quietHours,
        reports: settings.reports,
        inventory: settings.inventory,
        key_policy: settings.keyPolicy && keyPolicyFields(settings.keyPolicy),
      }),
    },
    people: [...state.people]
      .filter(([person]) => listed(person))
      .map(([person, record]) => personFields(person, record)),
    ...responsibilityFields("", state, settings),
    teams: scopeFields("", childrenOf(state), state),
    products: [...state.products].map(([product, { name, partOf, projects, workflows }]) =>
      present({ key: product, name: other(name, product), part_of: partOf, projects, workflows }),
    ),
    accounts: items(state, "account").map(([item, record]) =>
      present({ ...itemFields(item, record), id: record.nativeId, projects: record.projects }),
    ),
    keys: items(state, "key").map(([item, record]) =>
      present({ ...itemFields(item, record), ...keyId(record.nativeId), scope: record.scope }),
    ),
    payment_methods: items(state, "payment_method").map(([item, record]) =>
      present(itemFields(item, record)),
    ),
    seat_plans: items(state, "seat_plan").map(([item, record]) =>
      present({ ...itemFields(item, record), seats: record.seats, scope: record.scope }),
    ),
    sources: [...state.sources].map(([source, { countsFor }]) => ({
      source,
      counts_for: countsFor,
    })),
    attribution_rules: [...state.rules]
      .sort(([, a], [, b]) => a.position - b.position)
      .map(([rule, { when, scope, sets }]) => present({ key: rule, when, scope, ...sets })),
    prices: present({
      own: terms(state, "own"),
      discounts: terms(state, "discount"),
      regional_uplifts: terms(state, "uplift"),
    }),
    budgets: [...state.budgets].map(([key, record]) => present(entryOfBudget(key, record))),
    targets: targetFields(state),
    repositories: [...state.repositories].map(([name, record]) =>
      present(entryOfRepository(name, record)),
    ),
  });
}

function targetFields(state: OrganisationState): Fields {
  const { kpis, workflows } = fileOfTargets(state.targets);
  return present({ ...kpis, workflows: workflows.map(present) });
}

function keyPolicyFields(policy: KeyPolicyRecord): Fields {
  return present({
    approve_up_to: policy.approveUpTo,
    approve_days: policy.approveDays,
    second_approver_above: policy.secondAbove,
    remind_after_hours: policy.remindHours,
    escalate_after_hours: policy.escalateHours,
    expire_after_days: policy.expireDays,
  });
}

function other(name: string | null, key: string): string | null {
  return name === key ? null : name;
}

function personFields(key: string, person: PersonRecord): Fields {
  const { name, email, github, delegates, leftOn } = person;
  return present({ key, name, email, github, delegates, left_on: leftOn });
}

type Held = Pick<ScopeRecord, "onCall" | "channel" | "models">;

function responsibilityFields(
  path: string,
  state: OrganisationState,
  held: Held | undefined,
): Fields {
  const onCall = held?.onCall ?? [];
  const functions = FUNCTIONS.map((name) => {
    const people = state.functions.get(functionKey(path, name))?.people ?? [];
    return [name, people.length === 0 ? null : oneOrMany(people)] as const;
  });
  const raci = ACTIVITIES.map((activity) => {
    const row = state.raci.get(raciKey(path, activity));
    const isDefault = path === "" && canonicalJson(row) === canonicalJson(DEFAULT_RACI[activity]);
    return [activity, row === undefined || isDefault ? null : raciFields(row)] as const;
  });
  return present({
    functions: present(Object.fromEntries(functions)),
    raci: present(Object.fromEntries(raci)),
    on_call: onCall.length === 0 ? null : oneOrMany(onCall),
    channel: held?.channel,
    channels: present(
      Object.fromEntries(
        CHANNEL_KINDS.map((kind) => [kind, state.channels.get(channelKey(path, kind))?.channel]),
      ),
    ),
    models: held?.models ?? [],
  });
}

function raciFields(row: RaciRecord): Fields {
  const letters = FUNCTIONS.map((name) => {
    const both = row.accountable === name ? "A" : "";
    const letter = row.responsible.includes(name)
      ? `${both}R`
      : both || (row.consulted.includes(name) ? "C" : row.informed.includes(name) ? "I" : null);
    return [name, letter] as const;
  });
  return present(Object.fromEntries(letters));
}

type Children = ReadonlyMap<string, readonly string[]>;

function childrenOf(state: OrganisationState): Children {
  const children = new Map<string, string[]>();
  for (const path of state.scopes.keys()) {
    const siblings = children.get(parentPath(path));
    if (siblings === undefined) children.set(parentPath(path), [path]);
    else siblings.push(path);
  }
  return children;
}

function scopeFields(parent: string, children: Children, state: OrganisationState): Fields[] {
  return (children.get(parent) ?? []).map((path) => {
    const scope = state.scopes.get(path);
    const below = kindOfPath(path) === "team" ? "projects" : "agents";
    return present({
      key: lastKey(path),
      name: other(scope?.name ?? null, lastKey(path)),
      cost_centre: scope?.costCentre,
      archetype: scope?.archetype,
      members: scope?.members ?? [],
      ...responsibilityFields(path, state, scope),
      [below]: scopeFields(path, children, state),
    });
  });
}

function items(state: OrganisationState, kind: ItemKind): [string, ItemRecord][] {
  return [...state.inventory]
    .filter(([key]) => key.startsWith(itemKey(kind, "")))
    .map(([key, record]) => [splitKey(key)[1], record]);
}

function itemFields(key: string, item: ItemRecord): Fields {
  return {
    key,
    name: item.name,
    provider: item.provider,
    account: item.account,
    owner: item.owner,
    cost_centre: item.costCentre,
    approved_use: item.approvedUse,
    procurement: item.procurement,
    contract: present({
      from: item.contractFrom,
      until: item.contractUntil,
      notice_days: item.noticeDays,
    }),
    payment_method: item.paymentMethod,
  };
}

function keyId(nativeId: string | null): Fields {
  return nativeId !== null && /^[0-9a-f]{64}$/.test(nativeId)
    ? { sha256: nativeId }
    : { id: nativeId };
}

function terms(state: OrganisationState, kind: string): unknown[] {
  return [...state.prices]
    .filter(([key]) => key.startsWith(`${kind}:`))
    .sort(([, a], [, b]) => a.position - b.position)
    .map(([, record]) => record.terms);
}

const HEADER = `# yaml-language-server: $schema=docs/aispend.schema.json
# Written by \`aispend org export\`: the organisation as it stands, with what was set in chat.
`;

/** aispend.yaml as text. Strings that would read as a number or a date come in quotes. */
export function yamlOfFile(file: Fields): string {
  return `${HEADER}\n${stringify(file, { lineWidth: 100, aliasDuplicateObjects: false })}`;
}
