import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Log } from '../log.ts'
import type { Database } from './database.ts'
import { rows } from './tables.ts'

/**
 * Interactions that are to be answered later, kept in a database that several processes share, so
 * that another one answers them if the process that was about to is gone.
 */
export type Deferred = {
  /** Keeps an interaction, before Discord is told that the answer will take its time. */
  keep(id: string, payload: unknown): Promise<void>
  /** It has been answered. */
  done(id: string): Promise<void>
  /**
   * From now on is given what other processes have left behind, and which attempt this is.
   * @returns how to be given no more
   */
  onLeft(listener: (payload: unknown, attempt: number) => void): () => void
  /** Leaves what is not done to the others. */
  close(): Promise<void>
}

/** Seconds for which a process is believed to be alive after it was last heard of. */
const HELD = 10
/** Milliseconds between two signs of life. */
const BEAT = 2_000
/** Seconds in which an interaction can be answered: its token's life of 15 minutes, nearly. */
const WORTHWHILE = 14 * 60
/** How many a process takes over at a time. */
const AT_ONCE = 4

const now = sql<number>`extract(epoch from clock_timestamp())::double precision`

export function openDeferred(
  opened: () => Promise<Pick<Database, 'db'>>,
  log: Log,
  times: { readonly held: number; readonly beat: number } = { held: HELD, beat: BEAT },
): Deferred {
  const self = randomUUID()
  const until = sql<number>`${now} + ${times.held}`
  const own = new Set<string>()
  let beating: NodeJS.Timeout | undefined
  let last: Promise<void> = Promise.resolve()
  let taking = true

  async function beat(listener: (payload: unknown, attempt: number) => void): Promise<void> {
    const { db } = await opened()
    if (own.size > 0) {
      await db
        .updateTable('deferred')
        .set({ held_until: until })
        .where('process', '=', self)
        .execute()
    }
    if (!taking) return
    await db
      .deleteFrom('deferred')
      .where('kept_at', '<', sql<number>`${now} - ${WORTHWHILE}`)
      .execute()
    const taken = await db
      .updateTable('deferred')
      .set({ process: self, held_until: until, attempts: sql<number>`attempts + 1` })
      .where('interaction', 'in', (query) =>
        query
          .selectFrom('deferred')
          .select('interaction')
          .where('held_until', '<', now)
          .orderBy('kept_at')
          .limit(AT_ONCE)
          .forUpdate()
          .skipLocked(),
      )
      .returning(['interaction', 'payload', 'attempts'])
      .execute()
    for (const { interaction, ...row } of taken) {
      const { payload, attempts } = rows.deferred.parse(row)
      own.add(interaction)
      listener(payload, attempts)
    }
  }

  return {
    async keep(id, payload) {
      own.add(id)
      const { db } = await opened()
      await db
        .insertInto('deferred')
        .values({
          interaction: id,
          payload: JSON.stringify(payload),
          process: self,
          attempts: 1,
          kept_at: now,
          held_until: until,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async done(id) {
      own.delete(id)
      const { db } = await opened()
      await db
        .deleteFrom('deferred')
        .where('interaction', '=', id)
        .where('process', '=', self)
        .execute()
    },
    onLeft(listener) {
      beating = setInterval(() => {
        last = last
          .then(() => beat(listener))
          .catch((error) => log.warn({ err: error }, 'what was put off could not be looked after'))
      }, times.beat)
      beating.unref()
      return () => {
        taking = false
      }
    },
    async close() {
      clearInterval(beating)
      await last
      if (own.size === 0) return
      await opened()
        .then(({ db }) =>
          db.updateTable('deferred').set({ held_until: 0 }).where('process', '=', self).execute(),
        )
        .catch((error) => log.warn({ err: error }, 'what was put off could not be left to others'))
    },
  }
}
