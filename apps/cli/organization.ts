import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Pool } from "pg";
import { parse } from "yaml";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { type Directory, loadDirectory } from "#core/org/directory.ts";
import { listOrganizationZones } from "#core/schedule/service.ts";
import type { CommandLine } from "./command-line.ts";

export const FILE_NAME = "aispend.yaml";

const Keyed = z.looseObject({ organisation: z.looseObject({ key: z.string() }) });

/**
 * The organisation a command is about: `--org`, else that of the working folder's aispend.yaml, else
 * the only one there is. Throws `organisation_not_found` with the keys there are.
 */
export async function organizationOf(
  line: CommandLine,
  pool: Pool,
  wanted: string | undefined,
): Promise<Directory> {
  const key = wanted ?? keyOfFile(line.workingFolder);
  const zones = await listOrganizationZones(pool);
  const all = await Promise.all(zones.map(({ orgId }) => loadDirectory(pool, orgId)));
  const found =
    key === undefined
      ? all.length === 1
        ? all[0]
        : undefined
      : all.find((org) => org.key === key);
  if (found !== undefined) return found;
  const keys = all.map((org) => org.key).join(", ");
  if (key === undefined && all.length > 1) {
    throw new AispendError("organisation_unclear", "there are several organisations", {
      help: `Say which with --org: ${keys}.`,
    });
  }
  const message =
    key === undefined ? "there is no organisation yet" : `there is no organisation '${key}'`;
  const help = all.length === 0 ? "Write aispend.yaml, then: aispend apply" : `There is: ${keys}.`;
  throw new AispendError("organisation_not_found", message, { kind: "not_found", help });
}

/** What `aispend apply` will check in full; here only its name is wanted. */
function keyOfFile(folder: string): string | undefined {
  const path = join(folder, FILE_NAME);
  if (!existsSync(path)) return undefined;
  const read = Keyed.safeParse(parse(readFileSync(path, "utf8"), { logLevel: "silent" }));
  return read.success ? read.data.organisation.key : undefined;
}

/** A person by key, e-mail or login. Throws `person_not_found`. */
export function personOf(org: Directory, name: string): number {
  const id = org.peopleByName.get(name.toLowerCase());
  if (id !== undefined) return id;
  throw new AispendError("person_not_found", `there is nobody '${name}' in ${org.key}`, {
    kind: "not_found",
    help: "Give the e-mail address or the key of a person in aispend.yaml.",
  });
}
