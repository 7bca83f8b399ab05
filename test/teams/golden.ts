import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Compares with the committed file; UPDATE_GOLDEN=1 writes it. */
export function expectGolden(name: string, value: unknown): void {
  const path = fileURLToPath(new URL(`./golden/${name}.json`, import.meta.url));
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  }
  const golden: unknown = JSON.parse(readFileSync(path, "utf8"));
  expect(JSON.parse(JSON.stringify(value))).toEqual(golden);
}
