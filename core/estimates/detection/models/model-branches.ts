import type { Entry } from "../reading/entry.ts";
import type { Offer } from "./listed-entry.ts";

const LEAST_CASES = 3;
const LEAST_BRANCHES = 4;

/** `1) MODEL=llama3 ;; 2) MODEL=phi3 ;;`, `case "opus": model = Models.Opus4`: what is asked for. */
export function ofBranches({ path, scope, frame }: Entry, where: string): Offer | undefined {
  const [key] = path;
  const list = `branches of ${where}`;
  if (key?.name === "case" || key?.name === "default") {
    return { least: LEAST_CASES, list: `branches of ${scope.join(" > ")}` };
  }
  // Not the items of a tuple.
  return scope.length === 0 && frame.block !== false ? { least: LEAST_BRANCHES, list } : undefined;
}
