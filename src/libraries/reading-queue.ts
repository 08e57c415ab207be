import { MemberError } from '../problem.ts'

/** Texts that are fetched, read and stored one after another, while others wait for their turn. */
export type ReadingQueue = {
  /**
   * Runs a task when it is its turn.
   * @param whose the library; each has one turn at a time, and the libraries take turns
   * @param waits is told how many go before, whenever that changes
   * @throws MemberError if too many wait already
   */
  run<T>(whose: string, task: () => Promise<T>, waits: (before: number) => void): Promise<T>
}

type Waiting = { readonly start: () => void; readonly waits: (before: number) => void }

/**
 * @param limits how many run at once, how many may wait in all, and how many of one library
 */
export function openReadingQueue(limits: {
  readonly atOnce: number
  readonly waiting: number
  readonly waitingOfOne: number
}): ReadingQueue {
  const running = new Set<string>()
  /** The libraries in the order of their next turns, each with its texts in order. */
  const lines = new Map<string, Waiting[]>()

  function next(): void {
    for (const [whose, line] of lines) {
      if (running.size >= limits.atOnce) break
      if (running.has(whose)) continue
      const first = line.shift()
      // Whoever had a turn goes behind all others.
      lines.delete(whose)
      if (line.length > 0) lines.set(whose, line)
      running.add(whose)
      first?.start()
    }
    for (const [whose, line] of lines)
      for (const [index, { waits }] of line.entries()) waits(before(whose, index))
  }

  /** How many start before the one at `index` of a line: of each other line as many as it has turns. */
  function before(whose: string, index: number): number {
    let count = index
    let behind = false
    for (const [other, line] of lines) {
      if (other === whose) behind = true
      else count += Math.min(line.length, behind ? index : index + 1)
    }
    return count + running.size
  }

  return {
    async run(whose, task, waits) {
      const line = lines.get(whose) ?? []
      const waiting = [...lines.values()].reduce((sum, { length }) => sum + length, 0)
      const busy = running.size >= limits.atOnce || running.has(whose)
      if (busy && line.length >= limits.waitingOfOne)
        throw new MemberError(
          `${line.length} texts are waiting to be read here already. Please send this one again when they are done.`,
        )
      if (busy && waiting >= limits.waiting)
        throw new MemberError(
          'Very many texts are waiting to be read just now. Please send this one again in a few minutes.',
        )
      await new Promise<void>((start) => {
        lines.set(whose, [...line, { start, waits }])
        next()
      })
      try {
        return await task()
      } finally {
        running.delete(whose)
        next()
      }
    },
  }
}
