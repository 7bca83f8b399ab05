import type { Pool } from "pg";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { localDay } from "#core/time.ts";
import {
  deletePersonDetail,
  lockOrganizationById,
  raiseRevision,
  updateLeftOn,
} from "./file/write-store.ts";
import { deleteAccountLinks, deleteCodes } from "./identity-store.ts";
import type { TokenActor } from "./ingest-token.ts";
import { findOrganization, listPeople } from "./store.ts";

export interface Forgotten {
  readonly personId: number;
  /** Rows that named the person and are gone. */
  readonly details: number;
  readonly links: number;
  readonly codes: number;
}

/**
 * Erases what identifies a person: name, e-mail, login, chat accounts (domain.md section 6). Spend
 * stays, on an opaque id that names nobody; functions held become vacancies. The next `apply` of a
 * file that still lists the person would bring them back, so take them out of it first. Throws
 * `person_not_found`.
 */
export async function forgetPerson(
  pool: Pool,
  orgId: number,
  personId: number,
  by: TokenActor,
  now: Date,
): Promise<Forgotten> {
  return transaction(pool, async (tx) => {
    await lockOrganizationById(tx, orgId);
    const organization = await findOrganization(tx, orgId);
    const person = (await listPeople(tx, orgId)).find(({ id }) => id === personId);
    if (organization === undefined || person === undefined) {
      throw new AispendError("person_not_found", `there is no person ${personId}`, {
        kind: "not_found",
        help: "List them: aispend people list.",
      });
    }
    const who = { orgId, personId };
    const forgotten = {
      personId,
      details: await deletePersonDetail(tx, who),
      links: await deleteAccountLinks(tx, who),
      codes: await deleteCodes(tx, who),
    };
    const leftOn = person.leftOn ?? localDay(now, organization.timeZone);
    await updateLeftOn(tx, { ...who, leftOn });
    await raiseRevision(tx, orgId);
    await record(tx, {
      ...by,
      orgId,
      action: "person.forgotten",
      subject: `person:${personId}`,
      after: { details: forgotten.details, links: forgotten.links },
      at: now,
    });
    return forgotten;
  });
}
