import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { exitOn } from '../problem.ts'

/** Milliseconds in which everything is closed at the end. */
const patience = 10_000

/** What a process that supervises this one sends it to have it end in order. */
export const finishWord = 'finish'

/**
 * Ends the process in order: with 0 at SIGTERM and SIGINT, or when the process that supervises it
 * says so or is gone; and after an exception that nothing caught, which is logged once, with 1. A
 * second signal ends it at once. A promise that nobody looked after is logged, and the process stays.
 * @param close closes everything; what it has not closed in time is cut off
 * @param within milliseconds; ten seconds unless told
 * @returns how to end for a reason of one's own
 */
export function finishWhenTold(
  log: Log,
  close: () => Promise<void>,
  within = patience,
): (error: unknown) => void {
  let finishing = false
  async function finish(leave: () => never): Promise<void> {
    if (finishing) return
    finishing = true
    const timeUp = wait(within, 'late' as const)
    const closed = await Promise.race([close(), timeUp]).catch((error) => {
      log.error({ err: error }, 'not everything was closed')
    })
    if (closed === 'late') {
      log.error(`not everything was closed within ${within / 1000} seconds`)
      process.exit(1)
    }
    leave()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'finishing')
      void finish(() => process.exit(0))
    })
  }
  if (process.channel) {
    process.on('message', (said) => {
      if (said === finishWord) void finish(() => process.exit(0))
    })
    process.once('disconnect', () => void finish(() => process.exit(0)))
  }
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an exception that nothing caught')
    void finish(() => process.exit(1))
  })
  process.on('unhandledRejection', (reason) => {
    const err = reason instanceof Error ? reason : new Error(String(reason))
    log.error({ err }, 'a promise that nobody looked after')
  })
  return (error) => void finish(() => exitOn(error))
}
