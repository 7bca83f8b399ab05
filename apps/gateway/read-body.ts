import type { IncomingMessage } from "node:http";

/** Bytes of request bodies that are in memory at once; one process shares it. */
export interface BodyBudget {
  readonly perRequest: number;
  readonly total: number;
  used: number;
}

export function bodyBudget(perRequest = 32_000_000, total = 256_000_000): BodyBudget {
  return { perRequest, total, used: 0 };
}

export type ReadBody =
  | { readonly state: "read"; readonly bytes: Buffer }
  | { readonly state: "too_large" }
  | { readonly state: "busy" }
  | { readonly state: "gone" };

/** The whole body, or why not; what it took of the budget is given back when it was read. */
export function readBody(request: IncomingMessage, budget: BodyBudget): Promise<ReadBody> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > budget.perRequest) return Promise.resolve({ state: "too_large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = {
      with(result: ReadBody): void {
        budget.used -= size;
        size = 0;
        request.removeAllListeners("data");
        resolve(result);
      },
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      budget.used += chunk.length;
      chunks.push(chunk);
      if (size > budget.perRequest) end.with({ state: "too_large" });
      else if (budget.used > budget.total) end.with({ state: "busy" });
    });
    request.once("end", () => {
      const [first] = chunks;
      const bytes = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      end.with({ state: "read", bytes });
    });
    request.once("close", () => end.with({ state: "gone" }));
  });
}
