import { expect, it } from "vitest";
import { count, dollars, flag, maybe, part, plainRows, text } from "./plain-rows.ts";

const rows = plainRows({
  amount: part({ currency: dollars }),
  tokens: count,
  model: text,
  batch: flag,
  cache: maybe(part({ written: count })),
});
const good = { amount: { currency: "USD" }, tokens: 3, model: null, other: "kept", cache: {} };

it("takes rows as they came, whatever else is in them, and absent fields for unknown", () => {
  const page = [good, { amount: { currency: "usd" } }];
  expect(rows.parse(page)).toBe(page);
});

it.each([
  [{ ...good, tokens: -1 }, [1, "tokens"], "must be a whole number from 0"],
  [{ ...good, tokens: 1.5 }, [1, "tokens"], "must be a whole number from 0"],
  [{ ...good, model: 4 }, [1, "model"], "must be text"],
  [{ ...good, batch: "no" }, [1, "batch"], "must be true or false"],
  [{ ...good, amount: { currency: "EUR" } }, [1, "amount", "currency"], "must be USD"],
  [{ ...good, amount: undefined }, [1, "amount"], "must be an object"],
  [{ ...good, cache: { written: "2" } }, [1, "cache", "written"], "must be a whole number from 0"],
  [null, [1], "must be an object"],
])("names the field that is wrong: %j", (row, path, message) => {
  expect(rows.safeParse([good, row]).error?.issues).toMatchObject([{ path, message }]);
});

it("is a list", () => {
  expect(rows.safeParse({ 0: good }).success).toBe(false);
});
