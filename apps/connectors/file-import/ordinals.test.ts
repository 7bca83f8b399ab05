import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createOrdinals } from "./ordinals.ts";

const digestOf = (text: string) => hash("sha256", text, "buffer");

describe("ordinals of equal rows", () => {
  it("count every row, near or far, in memory and on disk", () => {
    const ordinals = createOrdinals(tmpdir(), 256);
    const expected = new Map<string, number>();
    // 12,000 rows are three times what stays in so little memory; every seventh row repeats an earlier one.
    for (let row = 0; row < 12_000; row += 1) {
      const text = row % 7 === 6 ? `row ${(row * 7919) % row}` : `row ${row}`;
      const ordinal = (expected.get(text) ?? 0) + 1;
      expected.set(text, ordinal);
      if (ordinals.next(digestOf(text)) !== ordinal) throw new Error(`row ${row}`);
    }
    expect(Math.max(...expected.values())).toBeGreaterThan(2);
    ordinals.close();
  });

  it("leave nothing in the temporary folder, whenever the process ends", () => {
    const folder = mkdtempSync(join(tmpdir(), "ordinals-test-"));
    const ordinals = createOrdinals(folder, 256);
    for (let row = 0; row < 10_000; row += 1) ordinals.next(digestOf(`${row % 9_500}`));
    expect(ordinals.next(digestOf("7"))).toBe(3);
    expect(readdirSync(folder)).toEqual([]);
    ordinals.close();
    rmSync(folder, { recursive: true });
  });
});
