import { Refusal } from "./refusal.ts";
import type { Asker } from "./surface.ts";

/** Throws for who was only named: `ask --as` reads, and whoever changes something is proven. */
export function requireProof(asker: Asker): void {
  if (asker.isUnproven !== true) return;
  throw new Refusal(
    "proof_needed",
    "Only read here",
    "ask --as reads what that person may read; it changes nothing in their name.",
    { kind: "forbidden", help: "Say it in chat, where it is known who you are." },
  );
}
