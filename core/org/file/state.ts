import type { Day } from "#core/time.ts";
import type { InventoryPolicy } from "../inventory-policy-schema.ts";
import type { CountsFor, RuleConditions, RuleSets } from "../inventory-schema.ts";
import type { ReportTimes } from "../schema.ts";
import type {
  Activity,
  Archetype,
  ChannelKind,
  FunctionName,
  ItemKind,
  PersonDetail,
  Procurement,
} from "../words.ts";
import type { RepositoryRecord } from "./repository-record.ts";

/**
 * The organisation as flat records, each under a key that a person can read: what aispend.yaml and
 * the database are both turned into, so that one comparison serves plan, apply, export and chat.
 * People are named by their key, scopes by their path; absent is null, never undefined.
 */
export interface OrganisationState {
  readonly settings: ReadonlyMap<string, SettingsRecord>;
  readonly people: ReadonlyMap<string, PersonRecord>;
  /** By path: "payments", "payments/disputes", "payments/disputes/triage". */
  readonly scopes: ReadonlyMap<string, ScopeRecord>;
  /** By "path:function"; the organisation's own path is empty. */
  readonly functions: ReadonlyMap<string, HolderRecord>;
  /** By "path:activity". */
  readonly raci: ReadonlyMap<string, RaciRecord>;
  /** Rooms for one kind of message, by "path:kind". */
  readonly channels: ReadonlyMap<string, ChannelRecord>;
  readonly products: ReadonlyMap<string, ProductRecord>;
  /** By "kind:key". */
  readonly inventory: ReadonlyMap<string, ItemRecord>;
  readonly sources: ReadonlyMap<string, SourceRecord>;
  readonly rules: ReadonlyMap<string, RuleRecord>;
  /** As budget-record.ts names them. */
  readonly budgets: ReadonlyMap<string, BudgetRecord>;
  /** By "kpi:attribution_coverage", "workflow:refunds". */
  readonly targets: ReadonlyMap<string, TargetRecord>;
  /** By owner/name. */
  readonly repositories: ReadonlyMap<string, RepositoryRecord>;
  /** By "kind:terms". */
  readonly prices: ReadonlyMap<string, PriceRecord>;
}

export type Section = keyof OrganisationState;

/** The order in which records can be written: each refers only to sections before it. */
export const SECTIONS = [
  "people",
  "settings",
  "scopes",
  "functions",
  "raci",
  "channels",
  "products",
  "inventory",
  "sources",
  "rules",
  "prices",
  "budgets",
  "targets",
  "repositories",
] as const satisfies readonly Section[];

/** The settings are one record, under this key. */
export const SETTINGS = "";

export interface SettingsRecord {
  readonly name: string;
  readonly timeZone: string;
  readonly accountable: string;
  readonly onCall: readonly string[];
  /** As channel-text.ts writes it. */
  readonly channel: string | null;
  readonly entryMonths: number;
  readonly hourDays: number;
  readonly personDays: number;
  readonly personDetail: PersonDetail;
  readonly personDetailBasis: string | null;
  readonly selfApproval: boolean;
  readonly quietHours: { readonly from: string; readonly until: string } | null;
  readonly models: readonly string[];
  readonly keyPolicy: KeyPolicyRecord | null;
  readonly reports: ReportTimes | null;
  readonly inventory: InventoryPolicy | null;
}

export interface Delegation {
  readonly to: string;
  readonly from: Day;
  /** The last day. */
  readonly until: Day;
}

export interface PersonRecord {
  readonly name: string | null;
  readonly email: string | null;
  readonly github: string | null;
  readonly delegates: readonly Delegation[];
  readonly leftOn: Day | null;
}

export interface ScopeRecord {
  readonly name: string;
  readonly costCentre: string | null;
  readonly archetype: Archetype | null;
  readonly onCall: readonly string[];
  readonly channel: string | null;
  /** Empty: the parent's. */
  readonly models: readonly string[];
  readonly members: readonly string[];
}

/** How keys are approved; amounts are decimal dollars a month. */
export interface KeyPolicyRecord {
  readonly approveUpTo: string | null;
  readonly approveDays: number;
  readonly secondAbove: string | null;
  readonly remindHours: number;
  readonly escalateHours: number;
  readonly expireDays: number;
}

/** The first is the one who is Accountable where the function is. */
export interface HolderRecord {
  readonly people: readonly string[];
}

export interface RaciRecord {
  readonly accountable: FunctionName;
  readonly responsible: readonly FunctionName[];
  readonly consulted: readonly FunctionName[];
  readonly informed: readonly FunctionName[];
}

export interface ChannelRecord {
  /** As channel-text.ts writes it. */
  readonly channel: string;
}

export interface ProductRecord {
  readonly name: string;
  readonly partOf: string | null;
  readonly projects: readonly string[];
  readonly workflows: readonly string[];
}

export interface NativeProject {
  readonly id: string;
  readonly scope: string;
}

export interface ItemRecord {
  readonly name: string | null;
  readonly provider: string | null;
  readonly account: string | null;
  /** The provider's own id, or the sha256 of a key. */
  readonly nativeId: string | null;
  readonly scope: string | null;
  readonly owner: string | null;
  readonly costCentre: string | null;
  readonly approvedUse: string | null;
  readonly seats: number | null;
  readonly procurement: Procurement | null;
  readonly contractFrom: Day | null;
  /** The last day. */
  readonly contractUntil: Day | null;
  readonly noticeDays: number | null;
  /** Key of a payment method. */
  readonly paymentMethod: string | null;
  readonly projects: readonly NativeProject[];
}

export interface SourceRecord {
  readonly countsFor: CountsFor;
}

export interface RuleRecord {
  readonly position: number;
  readonly when: RuleConditions;
  readonly scope: string | null;
  readonly sets: RuleSets;
}

export type PriceKind = "own" | "discount" | "uplift";

export interface PriceRecord {
  readonly position: number;
  readonly terms: unknown;
}

export interface BudgetRecord {
  /** Dollars as an exact decimal, or tokens. */
  readonly amount: string;
  readonly alerts: readonly number[];
  readonly cap: "hard" | "soft" | null;
  /** Null: the file gives none. */
  readonly reason: string | null;
}

export interface TargetRecord {
  readonly percent: number | null;
  readonly outcome: string | null;
  /** Dollars as an exact decimal. */
  readonly costPerOutcome: string | null;
  readonly humanBaseline: string | null;
  readonly cacheHitRate: number | null;
}

export const EMPTY_STATE: OrganisationState = {
  settings: new Map(),
  people: new Map(),
  scopes: new Map(),
  functions: new Map(),
  raci: new Map(),
  channels: new Map(),
  products: new Map(),
  inventory: new Map(),
  sources: new Map(),
  rules: new Map(),
  prices: new Map(),
  budgets: new Map(),
  targets: new Map(),
  repositories: new Map(),
};

export function kindOfPath(path: string): "team" | "project" | "agent" {
  const depth = path.split("/").length;
  return depth === 1 ? "team" : depth === 2 ? "project" : "agent";
}

/** "payments" of "payments/disputes"; empty for a team. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function lastKey(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function functionKey(path: string, held: FunctionName): string {
  return `${path}:${held}`;
}

export function raciKey(path: string, activity: Activity): string {
  return `${path}:${activity}`;
}

export function channelKey(path: string, kind: ChannelKind): string {
  return `${path}:${kind}`;
}

export function itemKey(kind: ItemKind, key: string): string {
  return `${kind}:${key}`;
}

/** "left:right" at the first colon. */
export function splitKey(key: string): [string, string] {
  const at = key.indexOf(":");
  return [key.slice(0, at), key.slice(at + 1)];
}
