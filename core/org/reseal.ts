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
