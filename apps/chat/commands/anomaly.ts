import { type OneWords, readOneWords } from "../anomalies/anomaly-words.ts";
import { expectForm, pressAnomaly, showAnomaly } from "../anomalies/presses.ts";
import type { Command } from "../command.ts";

export const anomaly: Command<OneWords> = {
  name: "anomaly",
  usage: "anomaly NUMBER [ack|snooze 8h|expect|resolve]",
  summary: "One finding: why, what to do, who is on it.",
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
