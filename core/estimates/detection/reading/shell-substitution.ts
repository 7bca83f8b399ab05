/** What a command in double quotes gives, `"$(jq -n '{ ... }')"`, and where it ends. */
export interface Substitution {
  readonly source: string;
  /** Behind the closing quote. */
  readonly end: number;
  /** What it prints, if it only prints a text: `"$(cat <<EOF`. */
  readonly text: string | undefined;
}

/** No script has longer ones. */
const LONGEST = 50_000;
const HEREDOC = /<<-?[ \t]*(["']?)([A-Za-z_]\w*)\1/y;
const PRINTS = /^\s*cat[ \t]*<<-?[ \t]*(["']?)([A-Za-z_]\w*)\1[ \t]*\n([\s\S]*?)\n[ \t]*\2\s*$/;

/** The command that begins at `"$(`; undefined where it does not end, or more stands behind it. */
export function substitutionAt(source: string, at: number): Substitution | undefined {
  if (!source.startsWith('"$(', at) || source[at + 3] === "(") return undefined;
  const end = closing(source, at + 3, Math.min(source.length, at + LONGEST));
  if (end === undefined || source[end + 1] !== '"') return undefined;
  const inner = source.slice(at + 3, end);
  return { source: inner, end: end + 2, text: PRINTS.exec(inner)?.[3] };
}

/** Where the bracket closes that is open at the beginning. */
function closing(source: string, from: number, to: number): number | undefined {
  let depth = 1;
  let tag: string | undefined;
  for (let at = from; at < to; at += 1) {
    switch (source[at]) {
      case "\\":
        at += 1;
        break;
      case "'":
        at = source.indexOf("'", at + 1);
        if (at === -1) return undefined;
        break;
      case '"': {
        const end = quoteEnd(source, at, to);
        if (end === undefined) return undefined;
        at = end;
        break;
      }
      case "(":
        depth += 1;
        break;
      case ")":
        depth -= 1;
        if (depth === 0) return at;
        break;
      case "<":
        HEREDOC.lastIndex = at;
        tag = HEREDOC.exec(source)?.[2] ?? tag;
        if (HEREDOC.lastIndex > at) at = HEREDOC.lastIndex - 1;
        break;
      case "\n": {
        if (tag === undefined) break;
        const end = new RegExp(`\n[ \\t]*${tag}(?=\\s|$)`, "g");
        end.lastIndex = at;
        const found = end.exec(source);
        if (found === null) return undefined;
        at = found.index + found[0].length - 1;
        tag = undefined;
        break;
      }
    }
  }
  return undefined;
}

/** Where a string in double quotes ends, in which other commands may stand. */
function quoteEnd(source: string, from: number, to: number): number | undefined {
  for (let at = from + 1; at < to; at += 1) {
    if (source[at] === "\\") at += 1;
    else if (source[at] === '"') return at;
    else if (source[at] === "$" && source[at + 1] === "(") {
      const end = closing(source, at + 2, to);
      if (end === undefined) return undefined;
      at = end;
    }
  }
  return undefined;
}
