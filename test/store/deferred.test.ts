import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { openDeferred } from '../../src/store/deferred.ts'
import { onPostgres } from './postgres.ts'
import { folder, silent } from './stores.ts'

const times = { held: 0.4, beat: 50 }

onPostgres('interactions that were put off', (newDatabase) => {
  /** Processes that share a new database. */
  async function processes() {
    const databaseUrl = await newDatabase()
    return async () => {
      const database = await openDatabase({ dataDir: await folder(), databaseUrl }, silent)
      const deferred = openDeferred(async () => database, silent, times)
      const taken: [unknown, number][] = []
      onTestFinished(async () => {
        await deferred.close()
        await database.close()
      })
      return {
        ...deferred,
        taken,
        lives: () => deferred.onLeft((payload, attempt) => taken.push([payload, attempt])),
      }
    }
  }

  test('are taken over, by one process alone, if theirs shows no sign of life', async () => {
    const open = await processes()
    const dead = await open()
    await dead.keep('1', { question: 'why?' })
    const others = [await open(), await open()]
    for (const one of others) one.lives()
    const all = () => others.flatMap(({ taken }) => taken)
    await expect.poll(all, { timeout: 5_000 }).toEqual([[{ question: 'why?' }, 2]])
    // Whoever has taken it over is alive: it is not taken again.
    await wait(1_000)
    expect(all()).toHaveLength(1)
  })

  test('stay with a process that lives, however long it takes', async () => {
    const open = await processes()
    const [slow, other] = [await open(), await open()]
    slow.lives()
    other.lives()
    await slow.keep('1', {})
    await wait(1_500)
    expect(other.taken).toEqual([])
  })

  test('are gone once they are answered', async () => {
    const open = await processes()
    const dead = await open()
    await dead.keep('1', {})
    await dead.keep('2', 'left')
    await dead.done('1')
    const other = await open()
    other.lives()
    await expect.poll(() => other.taken, { timeout: 5_000 }).toEqual([['left', 2]])
  })

  test('are left to the others at once by a process that ends before they are answered', async () => {
    const open = await processes()
    const [ending, other] = [await open(), await open()]
    ending.lives()
    await ending.keep('1', {})
    await ending.close()
    other.lives()
    await expect.poll(() => other.taken).toHaveLength(1)
  })

  test('are counted, so that one which ends every process can be given up', async () => {
    const open = await processes()
    await (await open()).keep('1', {})
    const seen: number[] = []
    for (let round = 0; round < 2; round++) {
      const next = await open()
      next.lives()
      await expect.poll(() => next.taken, { timeout: 5_000 }).toHaveLength(1)
      seen.push(next.taken[0]?.[1] ?? 0)
      await next.close()
    }
    expect(seen).toEqual([2, 3])
  })

  test('are not taken by a process that is about to end', async () => {
    const open = await processes()
    const [dead, ending] = [await open(), await open()]
    const stop = ending.lives()
    stop()
    await dead.keep('1', {})
    await wait(1_000)
    expect(ending.taken).toEqual([])
  })
})
