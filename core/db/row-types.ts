import pg from "pg";

const { builtins, getTypeParser } = pg.types;
const INT8_ARRAY = 1016;
const DATE_ARRAY = 1182;

const PARSERS = new Map<number, (text: string) => unknown>([
  [builtins.INT8, BigInt],
  [builtins.DATE, String],
  [INT8_ARRAY, (text) => elements(text).map((one) => (one === null ? null : BigInt(one)))],
  [DATE_ARRAY, elements],
]);

/** Neither an int8 nor a date is ever quoted or holds a comma; our arrays have one dimension. */
function elements(array: string): (string | null)[] {
  if (array === "{}") return [];
  return array
    .slice(1, -1)
    .split(",")
    .map((text) => (text === "NULL" ? null : text));
}

function parserOf(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  const own = format === "binary" ? undefined : PARSERS.get(oid);
  return own ?? getTypeParser(oid, format);
}

/**
 * How rows come out of every pool: int8 is a bigint, a date is 'YYYY-MM-DD', a timestamptz is a
 * Date, numeric is a string. Amounts and counts are int8, and a float would lose cents of them; a
 * date as a Date would be midnight in the zone of the machine.
 */
export const rowTypes: pg.CustomTypesConfig = { getTypeParser: parserOf };
