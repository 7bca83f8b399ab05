import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, isListed, keyOf } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";

/** By these the models of Whisper are called, wherever they run. */
const SIZE = /^(?:tiny|base|small|medium|turbo|large(?:-v[1-3])?(?:-turbo)?)(?:\.en)?$/;
const OF_SPEECH = /whisper|(?:^|_)(?:stt|asr|transcri\w+|speech_to_text)(?:_|$)/;
const NAMES_IT =
  /(?:^|_)model(?:_(?:size|name|id|type))?$|^(?:(?:whisper|stt|asr)_)?size$|^whisper$/;
/** `whisper.load_model("base")`, `WhisperModel("small", device="cpu")` */
const LOADS = pattern`
    ^(?:whisper\.load_model|(?:faster_whisper\.)?WhisperModel|whisperx\.load_model
    |load_whisper\w*)$`;

/** `WHISPER_MODEL=base`: a size that names a model where the place speaks of Whisper. */
export function isSpeechSize(entry: Entry): boolean {
  if (!SIZE.test(entry.value.text) || isListed(entry)) return false;
  const called = entry.path.at(-1)?.kind === "call";
  if (called && LOADS.test(calleeOf(entry))) return entry.position === 0;
  const key = snakeCase(lastName(keyOf(entry)));
  if (!NAMES_IT.test(key)) return false;
  const around = [...entry.path.slice(-3).map(({ name }) => name), ...entry.scope];
  return around.some((name) => OF_SPEECH.test(snakeCase(name)));
}
