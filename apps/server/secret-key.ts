import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecretBox, makeSecretKey, type SecretBox } from "#core/org/secret-box.ts";
import type { Config } from "./config.ts";

const FILE_NAME = "secret.key";

/**
 * The box for secrets at rest: of AISPEND_SECRET_KEY, else of a key that is made once in
 * AISPEND_HOME, readable to its owner alone. Two processes that start at once end with the same key.
 */
export function openSecretBox(config: Pick<Config, "home" | "secretKey">): SecretBox {
  return createSecretBox(config.secretKey ?? keyInHome(config.home));
}

function keyInHome(home: string): string {
  const path = join(home, FILE_NAME);
  mkdirSync(home, { recursive: true });
  try {
    writeFileSync(path, `${makeSecretKey()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
  }
  return readFileSync(path, "utf8").trim();
}
