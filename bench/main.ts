import { parseArgs } from "node:util";
import { actionBench } from "./action.ts";
import { capsBench } from "./caps.ts";
import { chatBench } from "./chat.ts";
import { connectBench } from "./connect.ts";
import { diffBench } from "./diff.ts";
import type { Bench, Figure } from "./figure.ts";
import { gatewayBench } from "./gateway.ts";
import { importBench } from "./import.ts";
import { operateBench } from "./operate.ts";
import { queryBench } from "./query.ts";

const BENCHES: readonly Bench[] = [
  importBench,
  queryBench,
  chatBench,
  operateBench,
  diffBench,
  actionBench,
  capsBench,
  gatewayBench,
  connectBench,
];

const USAGE = `npm run bench -- [NAME] [--runs N] [--json]

Prints each figure with its bar; exit 1 if one is not met, 2 for wrong usage.
${BENCHES.map((bench) => `  ${bench.name.padEnd(10)} ${bench.about}`).join("\n")}
`;

function print(bench: Bench, figure: Figure, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(figure)}\n`);
  else {
    const verdict = figure.bar === "none" ? "" : figure.ok ? "ok" : "NOT OK";
    process.stdout.write(
      `${bench.name}  ${figure.name}: ${figure.value} ${figure.unit} (${figure.bar}) ${verdict}\n`,
    );
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      runs: { type: "string" },
      help: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [name] = positionals;
  const chosen =
    name === undefined
      ? BENCHES.filter(({ isLong }) => isLong !== true)
      : BENCHES.filter((bench) => bench.name === name);
  if (chosen.length === 0) {
    process.stderr.write(`no benchmark '${name}'\n${USAGE}`);
    return 2;
  }
  if (values.runs !== undefined && !/^[1-9]\d{0,4}$/.test(values.runs)) {
    process.stderr.write(`--runs is '${values.runs}': write a whole number\n`);
    return 2;
  }
  const options = { runs: values.runs === undefined ? undefined : Number(values.runs) };
  const say = (bench: Bench) => (text: string) => process.stderr.write(`${bench.name}: ${text}\n`);
  let failed = 0;
  for (const bench of chosen) {
    for await (const figure of bench.run(say(bench), options)) {
      print(bench, figure, values.json);
      if (!figure.ok) failed += 1;
    }
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
