import { expect, it } from "vitest";
import { checkGlibc } from "./libc.ts";

it("glibc from 2.27 on is taken, also with two-digit parts", () => {
  for (const version of ["2.27", "2.36", "2.100", "3.0"]) {
    expect(() => checkGlibc(version)).not.toThrow();
  }
});

it("musl and an older glibc are told to use DATABASE_URL", () => {
  for (const version of [undefined, "2.26", "2.9", "1.99"]) {
    expect(() => checkGlibc(version)).toThrow(
      expect.objectContaining({
        code: "embedded_database_unsupported",
        kind: "unavailable",
        help: expect.stringContaining("DATABASE_URL"),
      }),
    );
  }
});
