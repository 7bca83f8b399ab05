import { expect, it } from "vitest";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();

it("int8 comes out as bigint, a date as its day, an instant as a Date, alone and in arrays", async () => {
  const { rows } = await database.pool.query(
    `select 9007199254740993::int8 as amount, count(*) as count, date '2028-02-29' as day,
       date '-infinity' as never, timestamptz '2026-11-01T06:30:00Z' as at, 7 as id, 1.10 as exact,
       array[1, null]::int8[] as amounts, array[date '2026-01-31', null] as days`,
  );
  expect(rows).toEqual([
    {
      amount: 9007199254740993n,
      count: 1n,
      day: "2028-02-29",
      never: "-infinity",
      at: new Date("2026-11-01T06:30:00Z"),
      id: 7,
      exact: "1.10",
      amounts: [1n, null],
      days: ["2026-01-31", null],
    },
  ]);
});

it("a bigint and a day go in as they come out", async () => {
  const { rows } = await database.owner.query("select $1::int8 as amount, $2::date as day", [
    -9223372036854775808n,
    "2026-11-01",
  ]);
  expect(rows).toEqual([{ amount: -9223372036854775808n, day: "2026-11-01" }]);
});

it("the pool of a test is the application, not the owner", async () => {
  const { rows } = await database.pool.query("select current_user as role");
  expect(rows).toEqual([{ role: "aispend_app" }]);
});
