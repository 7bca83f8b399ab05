import { pattern } from "../pattern.ts";
import { calleeOf, type Entry } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import type { ParameterRole } from "./parameter-rules.ts";

const LOGS = pattern`
    ^(?:log\w*|info|debug|warn|warning|error|trace|track\w*|capture\w*|record\w*|audit\w*|emit
    |observe|increment|set_attributes?)$`;
const KEEPS = /^(?:mutat(?:e|ion)|insert(?:_one|_many)?|values|upsert\w*)$/;

/** What a call was made with is written down: no call is made with it. */
export function isRecorded(entry: Entry, role: ParameterRole): boolean {
  const callee = calleeOf(entry);
  const called = snakeCase(lastName(callee));
  // `debugData.calls.push({ input: { max_tokens: 500 } })`
  if (/^(?:debug|log|trace|audit)(?:[A-Z_]\w*)?\.(?:\w+\.)?(?:push|append|add)$/.test(callee))
    return true;
  return LOGS.test(called) || (role === "reasoning effort" && KEEPS.test(called));
}
