import type { Db } from "#core/db/db.ts";
import type { Period } from "#core/time.ts";
import { type MeasureRow, type Measures, measuresOf } from "./measures.ts";
import { type SpendFilter, spendSource } from "./spend-query.ts";
import { explain, type Why, type WhyCell } from "./why.ts";

/** Splits the change from `before` to `after` (half-open local days) exactly; see `explain`. */
export async function explainChange(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  before: Period,
  after: Period,
): Promise<Why> {
  const left = await cellsOf(db, orgId, filter, before);
  const right = await cellsOf(db, orgId, filter, after);
  const cells: WhyCell[] = [];
  for (const [key, { agentId, modelId, measures }] of left) {
    cells.push({ agentId, modelId, before: measures, after: right.get(key)?.measures });
  }
  for (const [key, { agentId, modelId, measures }] of right) {
    if (!left.has(key)) cells.push({ agentId, modelId, before: undefined, after: measures });
  }
  return explain(cells);
}

interface Cell {
  agentId: number;
  modelId: number;
  measures: Measures;
}

async function cellsOf(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
): Promise<Map<string, Cell>> {
  const source = spendSource(orgId, filter, period, ["agent", "model"]);
  const { rows } = await db.query<MeasureRow & { agent_id: number; model_id: number }>(
    `select ${source.column("agent")} as agent_id, ${source.column("model")} as model_id,
            ${source.sums}
     from ${source.from} where ${source.where} group by 1, 2 order by 1, 2`,
    source.values,
  );
  return new Map(
    rows.map((row) => [
      `${row.agent_id}/${row.model_id}`,
      { agentId: row.agent_id, modelId: row.model_id, measures: measuresOf(row) },
    ]),
  );
}
