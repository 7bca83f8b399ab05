import { createReadStream, createWriteStream, fchmodSync } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { Command } from "commander";
import { openSecretBox } from "#apps/server/secret-key.ts";
import { CONNECTION_CREDENTIALS } from "#core/connections/sealed-credentials.ts";
import type { TableProof } from "#core/db/tables.ts";
import { dumpDatabase, restoreDatabase } from "#core/db/transfer.ts";
import { UPSTREAM_SECRETS } from "#core/enforcement/sealed-upstreams.ts";
import { GATEWAY_CREDENTIALS } from "#core/keys/sealed-credentials.ts";
import { END_USER_KEYS } from "#core/org/end-user-key.ts";
import { resealSecrets } from "#core/org/reseal.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION } from "../options.ts";
import { report } from "../report.ts";

export function addDb(program: Command, line: CommandLine): void {
  const db = program.command("db").description("carry all data from one database to another");
  db.command("dump")
    .description("write everything the database holds, as of one instant; gzip by the name .gz")
    .argument("<file>", "the file to write")
    .option(...JSON_OPTION)
    .action((file: string, options: CommonOptions) =>
      report(line, options.json === true, () => dump(line, file)),
    );
  db.command("reseal")
    .description(
      "seal stored secrets with the first key of AISPEND_SECRET_KEY, so that others can go",
    )
    .option(...JSON_OPTION)
    .action((options: CommonOptions) => report(line, options.json === true, () => reseal(line)));
  db.command("restore")
    .description("fill an empty database with a dump; counts and checksums must be equal")
    .argument("<file>", "a file that db dump wrote")
    .option(...JSON_OPTION)
    .action((file: string, options: CommonOptions) =>
      report(line, options.json === true, () => restore(line, file)),
    );
}

const SEALED = [
  END_USER_KEYS,
  CONNECTION_CREDENTIALS,
  GATEWAY_CREDENTIALS,
  UPSTREAM_SECRETS,
] as const;

function reseal(line: CommandLine): Promise<Outcome> {
  return withDatabase(line, async ({ pool }, config) => {
    const results = await resealSecrets(pool, openSecretBox(config), SEALED);
    const lines = results
      .filter(({ total }) => total > 0)
      .map(({ said, total, resealed, unreadable }) => {
        const lost = unreadable.length === 0 ? "" : `; no key opens: ${unreadable.join(", ")}`;
        return `${said}: ${resealed} of ${total} sealed anew${lost}`;
      });
    const ok = results.every(({ unreadable }) => unreadable.length === 0);
    const end = ok
      ? "No stored secret needs an older key any more: take it out of AISPEND_SECRET_KEY."
      : "Put the key that is missing behind the new one, or set those secrets anew.";
    return {
      text: [...lines, end].join("\n"),
      json: { ok, secrets: results },
      exitCode: ok ? 0 : 1,
    };
  });
}

function dump(line: CommandLine, file: string): Promise<Outcome> {
  return withDatabase(line, async (database) => {
    // Names and sealed secrets are in it: for nobody but its owner.
    const target = createWriteStream(resolve(line.workingFolder, file), { mode: 0o600 });
    // One that was there before keeps its mode unless told.
    target.once("open", (descriptor: number) => fchmodSync(descriptor, 0o600));
    if (!file.endsWith(".gz"))
      return proved("Dumped", file, await dumpDatabase(database.owner(), target));
    const gzip = createGzip();
    const written = pipeline(gzip, target);
    const proofs = await dumpDatabase(database.owner(), gzip);
    await written;
    return proved("Dumped", file, proofs);
  });
}

function restore(line: CommandLine, file: string): Promise<Outcome> {
  return withDatabase(line, async (database) => {
    const source = createReadStream(resolve(line.workingFolder, file));
    if (!file.endsWith(".gz")) {
      return proved("Restored", file, await restoreDatabase(database.owner(), source));
    }
    const gunzip = createGunzip();
    const [proofs] = await Promise.all([
      restoreDatabase(database.owner(), gunzip),
      pipeline(source, gunzip),
    ]);
    return proved("Restored", file, proofs);
  });
}

function proved(verb: string, file: string, proofs: readonly TableProof[]): Outcome {
  const rows = proofs.reduce((sum, proof) => sum + BigInt(proof.rows), 0n);
  const done = `${verb} ${rows} rows of ${proofs.length} tables: ${file}.`;
  const text = `${done} Prove it: aispend ledger verify`;
  return { text, json: { file, tables: proofs } };
}
