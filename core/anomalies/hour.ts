/**
 * One agent's hour of one model: whole tokens, dollars as floats (a detector compares, never
 * books).
 */
export interface ModelHour {
  /** Its id in the ledger, or its name in a feed. */
  readonly model: string | number;
  readonly requests: number;
  /** With those that were read from a cache. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  /** The same tokens at list prices; undefined where the catalogue does not know the model. */
  readonly list: number | undefined;
  /** What the source says they cost; undefined unless it said so of every request. */
  readonly reported: number | undefined;
  /** Of `cost`: input that was not read from a cache, and input that was. */
  readonly inputCost: number;
  readonly cacheReadCost: number;
}

/** One agent's closed hour, over its models. Hours count from the epoch, UTC. */
export interface AgentHour extends Omit<ModelHour, "model"> {
  readonly hour: number;
  readonly models: readonly ModelHour[];
}

export function agentHour(hour: number, models: readonly ModelHour[]): AgentHour {
  const [only] = models;
  if (only !== undefined && models.length === 1) return hourOfOne(hour, only, models);
  let requests = 0;
  let inputTokens = 0;
  let cacheReadTokens = 0;
  let outputTokens = 0;
  let cost = 0;
  let inputCost = 0;
  let cacheReadCost = 0;
  let list: number | undefined = 0;
  let reported: number | undefined = 0;
  for (const model of models) {
    requests += model.requests;
    inputTokens += model.inputTokens;
    cacheReadTokens += model.cacheReadTokens;
    outputTokens += model.outputTokens;
    cost += model.cost;
    inputCost += model.inputCost;
    cacheReadCost += model.cacheReadCost;
    list = list === undefined || model.list === undefined ? undefined : list + model.list;
    reported =
      reported === undefined || model.reported === undefined
        ? undefined
        : reported + model.reported;
  }
  return {
    hour,
    requests,
    inputTokens,
    cacheReadTokens,
    outputTokens,
    cost,
    list,
    reported,
    inputCost,
    cacheReadCost,
    models,
  };
}

/** Most hours have one model, and there are hundreds of thousands of them in a tick. */
function hourOfOne(hour: number, only: ModelHour, models: readonly ModelHour[]): AgentHour {
  const { cacheReadCost, cacheReadTokens, cost, inputCost, inputTokens } = only;
  const { list, outputTokens, reported, requests } = only;
  return {
    hour,
    requests,
    inputTokens,
    cacheReadTokens,
    outputTokens,
    cost,
    list,
    reported,
    inputCost,
    cacheReadCost,
    models,
  };
}

/**
 * Adds what arrived for an hour; `hours` stays ascending, one an hour. Rows mostly come in order, a
 * late one finds its place.
 */
export function addModelHour(hours: AgentHour[], hour: number, row: ModelHour): void {
  let index = hours.length;
  for (let at = hours[index - 1]; at !== undefined && at.hour >= hour; at = hours[index - 1]) {
    index -= 1;
  }
  const found = hours[index];
  if (found?.hour === hour) hours[index] = agentHour(hour, withRow(found.models, row));
  else if (index === hours.length) hours.push(agentHour(hour, [row]));
  else hours.splice(index, 0, agentHour(hour, [row]));
}

/** Rows of one model (other keys, or what came later) are one. */
function withRow(models: readonly ModelHour[], row: ModelHour): ModelHour[] {
  const known = models.find(({ model }) => model === row.model);
  if (known === undefined) return [...models, row];
  const { hour: _hour, models: _models, ...sum } = agentHour(0, [known, row]);
  return models.map((one) => (one === known ? { model: row.model, ...sum } : one));
}
