/**
 * Loaded before the program (`node --import`) by the soak test: tells its parent, when asked, what
 * memory is held after a collection. Needs --expose-gc.
 */
process.on('message', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, rss, external } = process.memoryUsage()
  process.send?.({ heapUsed, rss, external })
})
process.channel?.unref()
