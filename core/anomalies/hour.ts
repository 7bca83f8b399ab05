/**
 * One agent's hour of one model: whole tokens, dollars as floats (a detector compares, never
 * books).
 */
export interface ModelHour {
  readonly model: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  /** The same tokens at list prices; undefined where the catalogue does not know the model. */
  readonly list: number | undefined;
}

/** One agent's closed hour, over its models. Hours count from the epoch, UTC. */
export interface AgentHour {
  readonly hour: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly list: number | undefined;
  /** Distinct persons behind the requests; undefined where the ledger does not have them. */
  readonly persons: number | undefined;
  readonly models: readonly ModelHour[];
}

export function agentHour(
  hour: number,
  models: readonly ModelHour[],
  persons: number | undefined,
): AgentHour {
  let requests = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  let cost = 0;
  let list: number | undefined = 0;
  for (const model of models) {
    requests += model.requests;
    inputTokens += model.inputTokens;
    outputTokens += model.outputTokens;
    cost += model.cost;
    list = list === undefined || model.list === undefined ? undefined : list + model.list;
  }
  return { hour, requests, inputTokens, outputTokens, cost, list, persons, models };
}
