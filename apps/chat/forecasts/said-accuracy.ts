import type { Accuracy } from "#core/forecasts/accuracy.ts";

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** How good past forecasts of the subject were: said beside every forecast. */
export function accuracySaid(accuracy: Accuracy, firstCloses: string): string {
  const { error, errorBesideRunRate, forecasts, runRateError, underP90 } = accuracy;
  if (forecasts === 0 || error === undefined || underP90 === undefined) {
    return `not scored yet; the first is when ${firstCloses} is over`;
  }
  const beside =
    runRateError === undefined || errorBesideRunRate === undefined
      ? ""
      : ` (run rate: ${percent(runRateError)})`;
  const under = Math.round(underP90 * forecasts);
  return (
    `off by ${percent(error)} on average over ${forecasts} forecasts${beside}; ` +
    `${under} of ${forecasts} ended under their "1 chance in 10" figure`
  );
}
