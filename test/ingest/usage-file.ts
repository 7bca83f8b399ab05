const MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "no-such-model"];
const TEAMS = ["payments", "search", "data"];

/** Rows of July 2026 as CSV text, the same for the same arguments; a tenth are equal to another. */
export function usageCsv(rows: number, first = 0): string {
  const lines = [
    "ts,provider,model,team,user,input_tokens,cached_input_tokens,output_tokens,cost_usd",
  ];
  for (let row = first; row < first + rows; row += 1) {
    const number = row % 10 === 9 ? row - 5 : row;
    const at = new Date(Date.UTC(2026, 6, 1) + number * 61_003).toISOString();
    const model = MODELS[number % MODELS.length] ?? "";
    const provider = model.startsWith("claude") ? "anthropic" : "openai";
    const team = TEAMS[number % TEAMS.length] ?? "";
    const input = 100 + (number % 900);
    const counts = [input, number % 100, 1 + (number % 300), (number % 97) / 1e5];
    lines.push([at, provider, model, team, `user-${number % 40}`, ...counts].join(","));
  }
  return `${lines.join("\n")}\n`;
}
