import { describe, expect, it } from "vitest";
import { createSecretBox, makeSecretKey } from "./secret-box.ts";

describe("secret box", () => {
  it("opens what it sealed, for the same subject only", () => {
    const box = createSecretBox(makeSecretKey());
    const sealed = box.seal("sk-secret", "account 7");
    expect(sealed).not.toContain("sk-secret");
    expect(box.seal("sk-secret", "account 7")).not.toBe(sealed);
    expect(box.open(sealed, "account 7")).toBe("sk-secret");
    expect(() => box.open(sealed, "account 8")).toThrow(/belongs to something else/);
  });

  it("refuses a changed text, a truncated tag and an unknown key", () => {
    const box = createSecretBox(makeSecretKey());
    const parts = box.seal("sk-secret", "a").split(".");
    for (const [index, part] of parts.entries()) {
      const other = part.startsWith("A") ? `B${part.slice(1)}` : `A${part.slice(1)}`;
      expect(() => box.open(parts.with(index, other).join("."), "a")).toThrow(/cannot be read/);
    }
    const short = parts.with(3, (parts[3] ?? "").slice(0, 6)).join(".");
    expect(() => box.open(short, "a")).toThrow(/cannot be read/);
    expect(() => createSecretBox(makeSecretKey()).open(parts.join("."), "a")).toThrow(/not known/);
  });

  it("rotates: the new key seals, the old one still opens", () => {
    const old = makeSecretKey();
    const sealed = createSecretBox(old).seal("sk-secret", "a");
    const rotated = createSecretBox(`${makeSecretKey()},${old}`);
    expect(rotated.open(sealed, "a")).toBe("sk-secret");
    expect(rotated.isOld(sealed)).toBe(true);
    expect(rotated.isOld(rotated.seal("x", "a"))).toBe(false);
  });

  it("says what is wrong with a key", () => {
    expect(() => createSecretBox("c2hvcnQ=")).toThrow(/32 bytes/);
    expect(() => createSecretBox("")).toThrow(/32 bytes/);
  });
});
