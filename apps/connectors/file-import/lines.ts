/** Longer lines are refused: a row of usage has hundreds of bytes, with prompts some thousands. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

export interface LineSink {
  line(text: string, number: number): void;
  tooLong(number: number): void;
}

export interface Lines {
  push(chunk: string): void;
  /** The last line may lack its end. */
  end(): void;
}

/** Splits text that arrives in pieces into numbered lines, from 1; ends are LF or CRLF. */
export function createLines(sink: LineSink): Lines {
  let rest = "";
  let number = 0;
  let skipping = false;
  const emit = (text: string) => {
    number += 1;
    if (skipping) {
      skipping = false;
      return;
    }
    sink.line(text.endsWith("\r") ? text.slice(0, -1) : text, number);
  };
  return {
    push(chunk) {
      let start = 0;
      let end = chunk.indexOf("\n");
      while (end >= 0) {
        const piece = chunk.slice(start, end);
        emit(rest === "" ? piece : rest + piece);
        rest = "";
        start = end + 1;
        end = chunk.indexOf("\n", start);
      }
      if (!skipping) rest += chunk.slice(start);
      if (rest.length > MAX_LINE_CHARACTERS) {
        sink.tooLong(number + 1);
        skipping = true;
        rest = "";
      }
    },
    end() {
      if (rest !== "") emit(rest);
      rest = "";
    },
  };
}
