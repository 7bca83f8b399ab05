import { detectChanges } from "#core/estimates/detection/detect.ts";
import type { FileVersions } from "#core/estimates/detection/file-versions.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { scoreCorpus } from "#test/estimates/score.ts";
import { atLeast, atMost, type Bench, context, percentile } from "./figure.ts";

const BARS = { model: 0.97, params: 0.95, prompt: 0.95 } as const;

const SAMPLES = {
  "source.py": `from openai import OpenAI

class Answer:
    """Answers a question with gpt-4o."""
    def run(self, question: str, limit: int = 5) -> str:
        text = f"You are an assistant of {self.name}. Answer {question} in {limit} sentences."
        reply = self.client.chat.completions.create(
            model="gpt-4o", max_tokens=1_000, messages=[{"role": "user", "content": text}],
        )  # one call
        return reply.choices[0].message.content

`,
  "source.ts": `export async function answer(question: string, limit = 5): Promise<string> {
  // One call of the model.
  const { text } = await generateText({
    model: openai("gpt-4o"), maxOutputTokens: 1000, stopWhen: stepCountIs(5),
    system: \`You are an assistant of \${shop.name}. Answer in \${limit} sentences.\`,
    prompt: question,
  });
  return text.trim().replace(/\\s+/g, " ");
}

`,
  "settings.yaml": `  - name: support
    model: gpt-4o
    max_tokens: 1000
    system_prompt: |
      You answer customers of the shop.
      Be short and friendly.
`,
} as const;

/** Both sides of one size: in the middle of them a limit is another one. */
function sized(name: string, sample: string, length: number): FileVersions {
  const head = name.endsWith("yaml") ? "agents:\n" : "";
  const text = head + sample.repeat(Math.ceil(length / sample.length)).slice(0, length);
  const cut = text.slice(0, text.lastIndexOf("\n") + 1);
  const [front, back] = [cut.slice(0, cut.length / 2), cut.slice(cut.length / 2)];
  return {
    path: `app/${name}`,
    base: { state: "text", text: cut },
    head: { state: "text", text: front + back.replace(/1_?000/, "2000") },
  };
}

/** Elapsed, as whoever waits for it sees it: the machine must be quiet. */
function medianMs(file: FileVersions, rounds: number): number {
  const options = {
    book: buildPriceBook(loadCatalogue()),
    count: (_: string, text: string) => Math.ceil(text.length / 4),
    at: new Date(Date.UTC(2026, 10, 1)),
  };
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    detectChanges([file], options);
    return performance.now() - start;
  });
  return percentile(times, 50);
}

export const diffBench: Bench = {
  name: "diff",
  about: "precision and recall of aispend diff on its own corpus, and its time on large files",
  async *run(progress) {
    const { scores, misses, cases, silent } = scoreCorpus();
    for (const { name, wrong } of misses) progress(`${name}: ${wrong}`);
    yield atLeast("cases of the corpus", cases, "cases", 120);
    yield atLeast("cases without a change to report", silent, "cases", 40);
    for (const { kind, right, reported, expected } of scores) {
      yield atLeast(`precision, ${kind}`, right / reported, "", BARS[kind]);
      yield atLeast(`recall, ${kind}`, right / expected, "", BARS[kind]);
      yield context(`expected, ${kind}`, expected, "changes");
    }
    for (const [name, sample] of Object.entries(SAMPLES)) {
      yield atMost(`100 KB a side, ${name}`, medianMs(sized(name, sample, 100_000), 5), "ms", 200);
      yield atMost(`1 MB a side, ${name}`, medianMs(sized(name, sample, 999_000), 3), "ms", 1_500);
    }
  },
};
