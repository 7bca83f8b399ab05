/**
 * Works on up to `width` items at a time, each begun in its turn, and yields them in that order, each
 * when it and all before it are done: what is yielded may be taken for finished up to there. After a
 * failure nothing new is begun; what was begun is waited for, and is not yielded.
 */
export async function* workAhead<T>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): AsyncGenerator<T> {
  const begun: { readonly item: T; readonly failure: Promise<{ error: unknown } | undefined> }[] =
    [];
  try {
    for await (const item of items) {
      begun.push({ item, failure: failureOf(work(item)) });
      if (begun.length >= width) yield* finished(begun);
    }
    while (begun.length > 0) yield* finished(begun);
  } finally {
    await Promise.all(begun.map(({ failure }) => failure));
  }
}

async function* finished<T>(
  begun: { readonly item: T; readonly failure: Promise<{ error: unknown } | undefined> }[],
): AsyncGenerator<T> {
  const first = begun.shift();
  if (first === undefined) return;
  const failed = await first.failure;
  if (failed !== undefined) throw failed.error;
  yield first.item;
}

/** A failure is met in its turn, which may be later than it happens. */
function failureOf(work: Promise<void>): Promise<{ error: unknown } | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}
