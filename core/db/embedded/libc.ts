import { AispendError } from "#core/errors.ts";

const OLDEST_GLIBC = [2, 27] as const;
const HELP =
  "Set DATABASE_URL to a PostgreSQL server (15 or newer), for example that of compose.yaml.";

/** The binaries are made for glibc; undefined is what Node reports on musl (Alpine). */
export function checkGlibc(version: string | undefined): void {
  if (version === undefined) {
    throw new AispendError(
      "embedded_database_unsupported",
      "the embedded PostgreSQL does not run on this system: it needs glibc, and this is musl",
      { kind: "unavailable", help: HELP },
    );
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor < OLDEST_GLIBC[1])) {
    throw new AispendError(
      "embedded_database_unsupported",
      `the embedded PostgreSQL needs glibc 2.27 or newer, and this is ${version}`,
      { kind: "unavailable", help: HELP },
    );
  }
}

export function unsupportedPlatform(platform: string): AispendError {
  return new AispendError(
    "embedded_database_unsupported",
    `there is no embedded PostgreSQL for ${platform} here`,
    { kind: "unavailable", help: `${HELP} Or run npm ci without --omit=optional.` },
  );
}
