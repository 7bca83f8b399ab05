import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import type { SecretBox } from "./secret-box.ts";

/** One kind of secret at rest, of all organisations. */
export interface SealedSecrets {
  /** In words: "keys of connected sources". */
  readonly said: string;
  list(db: Db): Promise<readonly SealedSecret[]>;
  /** Only where it is still what was read: what was renewed meanwhile is sealed anew already. */
  replace(db: Db, secret: SealedSecret, sealed: string): Promise<void>;
  about(orgId: number, name: string): string;
}

export interface SealedSecret {
  readonly orgId: number;
  readonly name: string;
  readonly sealed: string;
}

/** Secrets in a column of a table whose rows have a name; table and column are ours, no input. */
export function sealedColumn(of: {
  readonly said: string;
  readonly table: "connection" | "key_gateway" | "gateway_upstream";
  readonly column: "credential" | "sealed_secret";
  readonly about: SealedSecrets["about"];
}): SealedSecrets {
  const { said, table, column, about } = of;
  return {
    said,
    about,
    async list(db) {
      const { rows } = await db.query<SealedSecret>(
        `select org_id as "orgId", name, ${column} as sealed from ${table}
         where ${column} is not null order by org_id, name`,
      );
      return rows;
    },
    async replace(db, { orgId, name, sealed }, anew) {
      await db.query(
        `update ${table} set ${column} = $4
         where org_id = $1 and name = $2 and ${column} = $3`,
        [orgId, name, sealed, anew],
      );
    },
  };
}

export interface Resealed {
  readonly said: string;
  readonly total: number;
  readonly resealed: number;
  /** Names of those that no known key opens. */
  readonly unreadable: readonly string[];
}

/**
 * Seals with the current key what an older one sealed, so that the older one can be thrown away. May be
 * run again, and while everything else runs.
 */
export async function resealSecrets(
  db: Db,
  box: SecretBox,
  kinds: readonly SealedSecrets[],
): Promise<Resealed[]> {
  const results: Resealed[] = [];
  for (const kind of kinds) {
    const secrets = await kind.list(db);
    const unreadable: string[] = [];
    let resealed = 0;
    for (const secret of secrets.filter(({ sealed }) => box.isOld(sealed))) {
      const opened = tryOpen(box, kind, secret);
      if (opened === undefined) {
        unreadable.push(secret.name);
        continue;
      }
      await kind.replace(db, secret, box.seal(opened, kind.about(secret.orgId, secret.name)));
      resealed += 1;
    }
    results.push({ said: kind.said, total: secrets.length, resealed, unreadable });
  }
  return results;
}

function tryOpen(
  box: SecretBox,
  kind: SealedSecrets,
  { orgId, name, sealed }: SealedSecret,
): string | undefined {
  try {
    return box.open(sealed, kind.about(orgId, name));
  } catch (error) {
    if (error instanceof AispendError && error.code === "secret_unreadable") return undefined;
    throw error;
  }
}
