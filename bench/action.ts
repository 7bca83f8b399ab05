import { readdirSync, statSync } from "node:fs";
import { type GitHubFixture, startGitHub } from "#test/action/github-fixture.ts";
import type { Tree } from "#test/action/recorded-server.ts";
import { runBundle } from "#test/action/run-bundle.ts";
import { atMost, type Bench, context, percentile } from "./figure.ts";

const FILES = 300;
const ROUNDS = 5;

const source = (index: number, model: string): string => `from openai import OpenAI

# Answers questions about order ${index}.
SYSTEM_PROMPT = """You are an assistant of the shop. Answer in a few sentences, and ask where
something about order ${index} is not clear. Never promise a refund."""

def answer(client: OpenAI, question: str) -> str:
    reply = client.chat.completions.create(
        model="${model}", max_tokens=${500 + index}, messages=[
            {"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": question},
        ],
    )
    return reply.choices[0].message.content
`;

function tree(model: string): Tree {
  const files = Array.from({ length: FILES }, (_, index) => index);
  return Object.fromEntries(
    files.map((index) => [`app/orders/answer_${index}.py`, source(index, model)]),
  );
}

async function medianMs(github: GitHubFixture): Promise<{ median: number; calls: number }> {
  const times: number[] = [];
  let calls = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    github.server.calls.length = 0;
    // Each round writes a comment of its own.
    const inputs = { key: `round-${round}`, annotations: "false" };
    const { milliseconds, exitCode, log } = await runBundle(github, { inputs, runId: round + 1 });
    if (exitCode !== 0) throw new Error(log);
    times.push(milliseconds);
    calls = Math.max(calls, github.server.calls.length);
  }
  return { median: percentile(times, 50), calls };
}

export const actionBench: Bench = {
  name: "action",
  about: "time, API calls and size of the GitHub Action's bundle, against GitHub on loopback",
  async *run(progress) {
    const large = await startGitHub({ base: tree("gpt-4o-mini"), head: tree("gpt-4o") });
    progress(`a pull request of ${FILES} files, ${ROUNDS} rounds`);
    const { median, calls } = await medianMs(large);
    await large.close();
    yield atMost("start to finished comment, 300 files", median, "ms", 1_500);
    yield atMost("API calls, 300 files", calls, "calls", 40);
    const nothing = await startGitHub({
      base: { "README.md": "# Shop\n", "src/cart.ts": "export const cart = 1;\n" },
      head: { "README.md": "# The shop\n", "src/cart.ts": "export const cart = 2;\n" },
    });
    const quiet = await medianMs(nothing);
    await nothing.close();
    yield atMost("a pull request with nothing relevant", quiet.median, "ms", 600);
    yield context("API calls, nothing relevant", quiet.calls, "calls");
    const folder = new URL("../action/dist/", import.meta.url);
    const sizes = readdirSync(folder).map((name) => statSync(new URL(name, folder)).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    yield atMost("all of action/dist", bytes / 1e6, "MB", 6);
  },
};
