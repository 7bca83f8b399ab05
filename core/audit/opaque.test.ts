import { describe, expect, it } from "vitest";
import { auditText } from "./entry.ts";
import { namesIdentity, scrub } from "./opaque.ts";

const at = new Date("2026-11-22T10:00:00.123Z");

describe("what the audit log takes", () => {
  it("removes e-mail addresses and secrets from a reason that a person typed", () => {
    expect(scrub("Ana <ana.ruiz@acme.example> asked, key sk-proj-abcdefghijklmnop1234")).toBe(
      "Ana <[removed]> asked, key [removed]",
    );
    expect(scrub("token xoxb-1234567890-abc and ghp_abcdefghijklmnopqrstuvwxyz")).toBe(
      "token [removed] and [removed]",
    );
  });

  it("removes what Postgres cannot store and keeps lines and other scripts", () => {
    expect(scrub("a\u0000b\ud800c\nZoë 安")).toBe("abc\nZoë 安".replace("c", "\ufffdc"));
  });

  it("leaves ordinary words and opaque ids alone", () => {
    for (const text of ["person:17", "slack:T1:U2", "cap $50 @ noon", "a@b", "risk-assessment"]) {
      expect(namesIdentity(text)).toBe(false);
      expect(scrub(text)).toBe(text);
    }
  });

  it("refuses a value that names someone, wherever it stands", () => {
    const base = { orgId: 1, actor: "system", action: "x.y", subject: "person:1", at } as const;
    expect(() => auditText({ ...base, subject: "person:ana@acme.example" })).toThrow(/names/);
    expect(() => auditText({ ...base, after: { email: "ana@acme.example" } })).toThrow(/names/);
    expect(() => auditText({ ...base, before: ["sk-ant-abcdefghijklmnopqrst"] })).toThrow(/names/);
  });

  it("writes values as JSON with ordered keys, and an absent one as null", () => {
    const text = auditText({
      orgId: 1,
      actor: 7,
      action: "scope.changed",
      subject: "scope:3",
      before: { b: 1n, a: "x" },
      at,
    });
    expect(text).toMatchObject({
      actor: "person:7",
      before: '{"a":"x","b":"1"}',
      after: null,
      at: "2026-11-22T10:00:00.123Z",
    });
  });

  it("cuts a reason that is too long instead of losing the entry", () => {
    const text = auditText({
      orgId: 1,
      actor: "operator",
      action: "x.y",
      subject: "organization",
      reason: "a".repeat(9_000),
      at,
    });
    expect(text.reason).toHaveLength(2_000);
  });
});
