/** The same items: the next one is fetched while one is used. */
export async function* ahead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  const fetched = () => {
    const next = iterator.next()
    // Where this one is given up, nobody waits for the next.
    next.catch(() => {})
    return next
  }
  try {
    for (let next = fetched(); ; ) {
      const { done, value } = await next
      if (done) return
      next = fetched()
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}
