/** A test for one pattern, where `*` stands for anything and case does not matter. */
export function globTest(pattern: string): (text: string) => boolean {
  const wanted = pattern.toLowerCase();
  if (!wanted.includes("*")) return (text) => text.toLowerCase() === wanted;
  const parts = wanted.split(/\*+/);
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  const middle = parts.slice(1, -1);
  // Not a regular expression: patterns come from a file, and this cannot backtrack.
  return (text) => {
    const found = text.toLowerCase();
    if (!found.startsWith(first) || !found.endsWith(last)) return false;
    let at = first.length;
    for (const part of middle) {
      const next = found.indexOf(part, at);
      if (next === -1) return false;
      at = next + part.length;
    }
    return found.length - last.length >= at;
  };
}
