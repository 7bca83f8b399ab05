import type { Entry } from "../reading/entry.ts";

const FEWEST = 200;
const OF_TEXTS =
  /chunk|split|embed|text|token|doc|index|ingest|rag|content|page|transcript|summar/i;

/** `chunkSize := 100` in `loadOrders`: how many are asked for at once; texts are cut elsewhere. */
export function isOfRequests({ path, scope, value }: Entry): boolean {
  const own = path.length === 1 && scope.length > 0;
  if (!own || !/^[a-z]/.test(path[0]?.name ?? "") || Number(value.text) > FEWEST) return false;
  return !scope.some((name) => OF_TEXTS.test(name));
}
