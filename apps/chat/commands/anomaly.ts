import { type OneWords, readOneWords } from "../anomalies/anomaly-words.ts";
import { expectForm, pressAnomaly, showAnomaly } from "../anomalies/presses.ts";
import type { Command } from "../command.ts";

export const anomaly: Command<OneWords> = {
  name: "anomaly",
  usage: "anomaly NUMBER [ack|snooze 8h|expect|resolve]",
  summary: "One finding: why, what to do, who is on it.",
  examples: [
    ["anomaly 12", "Why it was found, and what to do first."],
    ["anomaly 12 ack", "You are on it."],
    ["anomaly 12 snooze 8h", "Not now."],
    ["anomaly 12 expect 7d because the yearly back-fill", "It is meant to be so."],
    ["anomaly 12 resolve fixed", "It is over."],
    ["anomaly 12 not", "It was none."],
  ],
  parse: readOneWords,
  run: showAnomaly,
  presses: {
    finding_acknowledge: pressAnomaly,
    finding_snooze: pressAnomaly,
    finding_expect: pressAnomaly,
    finding_resolve: pressAnomaly,
    finding_label: pressAnomaly,
  },
  forms: { finding_expect: expectForm },
};
