import { type AgentHour, agentHour, type ModelHour } from "#core/anomalies/hour.ts";

/** Noon of a Thursday, in hours since the epoch. */
export const NOON = Math.floor(Date.UTC(2026, 10, 19, 12) / 3_600_000);

export interface Sample {
  readonly requests?: number;
  readonly input?: number;
  readonly output?: number;
  /** Share of the input that is read from the cache. */
  readonly cached?: number;
  readonly model?: string;
  /** Dollars per million tokens, input and output alike. */
  readonly price?: number;
  /** What is charged over the list. */
  readonly charged?: number;
  readonly reported?: number;
  readonly listed?: boolean;
}

function modelHour(sample: Sample): ModelHour {
  const { cached = 0, charged = 1, input = 2_000, model = "sonnet", output = 200 } = sample;
  const { listed = true, price = 3, requests = 100 } = sample;
  const inputTokens = requests * input;
  const cacheReadTokens = inputTokens * cached;
  const list = ((inputTokens - 0.9 * cacheReadTokens + requests * output) * price) / 1e6;
  const cost = list * charged;
  return {
    model,
    requests,
    inputTokens,
    cacheReadTokens,
    outputTokens: requests * output,
    cost,
    list: listed ? list : undefined,
    reported: sample.reported === undefined ? undefined : list * sample.reported,
    inputCost: ((inputTokens - cacheReadTokens) * price * charged) / 1e6,
    cacheReadCost: (0.1 * cacheReadTokens * price * charged) / 1e6,
  };
}

export function hourOf(hour: number, ...samples: Sample[]): AgentHour {
  return agentHour(hour, (samples.length === 0 ? [{}] : samples).map(modelHour));
}

/** Usual hours before `end`, with a small deterministic swing of requests and tokens. */
export function pastHours(length: number, sample: Sample = {}, end = NOON): AgentHour[] {
  return Array.from({ length }, (_, index) => {
    const swing = 1 + (((index * 7919) % 21) - 10) / 100;
    const { input = 2_000, requests = 100 } = sample;
    return hourOf(end - length + index, {
      ...sample,
      requests: Math.max(1, Math.round(requests * swing)),
      input: input * (1 + (((index * 104_729) % 11) - 5) / 100),
    });
  });
}
