/** Fetches the next item while the one before is worked on; one ahead and no more, so memory is flat. */
export async function* readAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let next = settled(iterator.next());
  try {
    for (;;) {
      const { error, result } = await next;
      if (result === undefined) throw error;
      if (result.done === true) return;
      next = settled(iterator.next());
      yield result.value;
    }
  } finally {
    await next;
    await iterator.return?.();
  }
}

/** A failure is met where the item is wanted, which may be later than it happens. */
function settled<T>(
  promise: Promise<IteratorResult<T>>,
): Promise<{ result?: IteratorResult<T>; error?: unknown }> {
  return promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
}
