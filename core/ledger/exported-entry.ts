import type { Entry } from "./entry.ts";

/** What an export says by name; the ledger holds an id of each. */
type Named =
  | "team"
  | "project"
  | "agent"
  | "provider"
  | "model"
  | "key"
  | "account"
  | "workflow"
  | "product"
  | "customer"
  | "feature"
  | "environment";

/** What leaves the ledger in no export: ids that mean something here only, and who. */
type Kept =
  | `${Named}_id`
  | "org_id"
  | "person_id"
  | "price_id"
  | "content_hash"
  | "session"
  | "trace"
  | "end_user"
  | "tags";

/** An entry with its ids as names; what an export is made of. */
export type ExportedEntry = Omit<Entry, Kept> &
  Readonly<Record<Named, string | null>> & {
    /** An opaque number; who it is stands in no export. */
    readonly person: number;
    readonly price: string | null;
    readonly cost_centre: string | null;
    readonly organization_key: string;
    readonly organization_name: string;
  };
