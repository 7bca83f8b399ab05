import type { Pool } from "pg";
import type { Audience } from "#core/answers/schema.ts";
import { record } from "#core/audit/service.ts";
import type { ReadCapSpend } from "#core/budgets/cap-spend.ts";
import type { Connection } from "#core/connections/schema.ts";
import type { ConnectRequest } from "#core/connections/service.ts";
import { transaction } from "#core/db/transaction.ts";
import type { OpenDriver } from "#core/keys/driver.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Day } from "#core/time.ts";
import type { NameSource } from "./names/name-source.ts";
import type { OrgView } from "./org-view.ts";
import type { Sight } from "./sight.ts";
import type { Asker, Room, SurfaceName } from "./surface.ts";

/** Hands a link code to the mailer; the address is one that a person typed. */
export type MailLinkCode = (mail: { orgId: number; to: string; code: string }) => Promise<void>;

/** Keeps a source's key sealed; who may was asked before. */
export type ConnectSource = (request: Omit<ConnectRequest, "now">) => Promise<Connection>;

/** Everything that a command knows when it runs. */
export interface Asking {
  readonly pool: Pool;
  readonly now: Date;
  /** In the organisation's zone. */
  readonly today: Day;
  readonly org: OrgView;
  readonly asker: Asker;
  readonly audience: Audience;
  readonly surface: SurfaceName;
  /** Where it was said; undefined in private. */
  readonly room: Room | undefined;
  readonly sight: Sight;
  readonly names: NameSource;
  /** Absent where no e-mail is configured. */
  readonly mailLinkCode: MailLinkCode | undefined;
  /** Absent where no gateway counts. */
  readonly readCapSpend: ReadCapSpend | undefined;
  /** Absent where no gateway of others can be reached. */
  readonly openDriver: OpenDriver | undefined;
  /** Where programs reach the gateway; absent where nobody said. */
  readonly gatewayUrl: string | undefined;
  /** Absent where no key can be kept. */
  readonly connectSource: ConnectSource | undefined;
  readonly priceBookOf: (orgId: number) => Promise<PriceBook>;
}

/** Whose detail was read, where, by whom; opaque ids only. */
export async function auditDetail(
  asking: Asking,
  action: "customer_detail.read" | "person_detail.read",
  subject: string,
  after: unknown,
): Promise<void> {
  const { asker, org, now, surface } = asking;
  await transaction(asking.pool, (tx) =>
    record(tx, {
      orgId: org.id,
      // `ask --as` shows the operator what somebody may see: it is the operator who read it.
      actor:
        asker.operator || asker.isUnproven === true ? "operator" : (asker.personId ?? "system"),
      actorAccount: asker.account,
      action,
      subject,
      after,
      surface,
      at: now,
    }),
  );
}
