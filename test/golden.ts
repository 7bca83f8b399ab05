import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "vitest";

/**
 * Compares rendered output with a committed file. UPDATE_GOLDEN=1 writes the file instead: look at
 * the difference before committing it.
 */
export function expectGolden(actual: string, file: URL): void {
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(file.pathname), { recursive: true });
    writeFileSync(file, actual);
  }
  expect(actual).toBe(readFileSync(file, "utf8"));
}
