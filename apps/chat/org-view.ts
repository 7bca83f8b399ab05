import type { NamedScope } from "./names/name-source.ts";

/** One activity of the RACI table at a scope, its functions resolved to people. */
export interface Answering {
  readonly activity: string;
  readonly accountable: readonly number[];
  readonly responsible: readonly number[];
  readonly consulted: readonly number[];
  readonly informed: readonly number[];
  /** Said where nobody holds the function: a vacancy. */
  readonly vacant: string | undefined;
}

export type PersonDetailPolicy = "self" | "aggregated" | "named";

/** The organisation as the chat brain sees it: a snapshot for one question. */
export interface OrgView {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
  readonly demonstration: boolean;
  readonly personDetail: PersonDetailPolicy;
  /** Why people may be named; required with `named`. */
  readonly personDetailBasis: string | undefined;
  readonly scopes: readonly NamedScope[];
  /** The scope that a scope is in; 0 = the organisation. */
  parentOf(scopeId: number): number;
  /** As people call the person; an opaque handle after the name was erased. */
  personName(personId: number): string;
  /** Whose e-mail or name this is; for refusing questions about people by name. */
  isPersonName(text: string): boolean;
  /** Teams where the person holds a function or is on call, by name. */
  teamsOf(personId: number): readonly number[];
  /** Accountable for attributing spend at the scope: its owner. */
  ownerOf(scopeId: number): number | undefined;
  answering(scopeId: number): readonly Answering[];
  onCall(scopeId: number): readonly number[];
  /** The one person accountable for AI cost as a whole. */
  readonly accountableForAiCost: number | undefined;
  /** R or A of attribute spend, A of set AI budget, on the scope or an ancestor. */
  maySeeCustomerDetail(personId: number, scopeId: number): boolean;
}
