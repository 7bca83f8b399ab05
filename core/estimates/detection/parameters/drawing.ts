import { pattern } from "../pattern.ts";
import type { Entry, Frame } from "../reading/entry.ts";
import { snakeCase } from "../words.ts";

const SAMPLING = pattern`
  (?:^|_)(?:temperature|top_?p|do_sample|typical_p|repetition_penalty|return_full_text
  |num_predict|num_ctx|min_p|(?:presence|frequency|repeat)_penalty)$`;
/** What is drawn from is set together with how much is drawn. */
const DRAWS = /(?:^|_)(?:generat(?:ion|e_content)_config|sampl(?:ing|er)(?:_params|_options)?)$/;
/** `llms.WithTopK(1)` of LangChain for Go, beside `llms.WithTemperature(0)`. */
const OF_DRAWING = /(?:^|\.)(?:llms?|genai|options?|sampl\w*|generat\w*)\.\w*[tT]op_?[kK]$/;

/** Does what it is given to, or what that stands in, say how tokens are drawn? */
export function isOfDrawing(callee: string, around: readonly string[]): boolean {
  return OF_DRAWING.test(callee) || around.some((name) => DRAWS.test(snakeCase(name)));
}

/** Is it set beside how the tokens are drawn? */
export function samples({ frame }: Entry): boolean {
  if (frame.chain?.samples === true) return true;
  const drawn = ({ bound }: Frame): boolean =>
    [...bound.keys()].slice(0, 60).some((name) => SAMPLING.test(snakeCase(name)));
  // `{ temperature: 0.7, extra_body: { top_k: 20 } }`
  const owner = frame.block === true ? undefined : frame.owner;
  return drawn(frame) || (owner !== undefined && owner.block !== true && drawn(owner));
}
