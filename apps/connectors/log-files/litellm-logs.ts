import { parseLiteLlm } from "../litellm/litellm.ts";
import { payloadOf, SpendRow } from "../litellm/spend-row.ts";
import { refused } from "../parsed-event.ts";
import type { LogFormat } from "./log-format.ts";

/** LiteLLM's spend logs as they were saved; the same ids as its callback and its API give. */
export const litellmLogs: LogFormat = {
  name: "litellm",
  said: "LiteLLM spend logs, JSONL",
  columns: ["request_id"],
  parse(rows, endUserId) {
    return rows.flatMap((row) => {
      const read = SpendRow.safeParse(row);
      if (!read.success) return [refused("request_id", "it is no row of the spend log")];
      return parseLiteLlm([payloadOf(read.data)], endUserId);
    });
  },
};
