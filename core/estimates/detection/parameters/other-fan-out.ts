import { pattern } from "../pattern.ts";

/** Of the processor on which a model runs. */
const PROCESSORS = /^(?:ollama|llama\w*|omp|mkl|\w*blas|torch|ort|onnx\w*)_(?:num_)?threads$/;
/** `WEB_PER_HOST_CONCURRENCY`: how many pages are read at once. */
const FETCHES = pattern`
    (?:^|_)per_(?:host|domain|site)(?:_|$)
    |(?:^|_)(?:https?|downloads?|uploads?|crawl\w*|scrap\w*)_(?:\w+_)?(?:concurren\w*|parallel\w*
    |workers|threads)$`;

/** Of a number and what it stands in, in snake case: does none of what runs at once ask a model? */
export function runsOther([own = "", ...around]: readonly string[]): boolean {
  return PROCESSORS.test(own) || around.some((name) => FETCHES.test(name));
}
