import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import Sqlite from 'libsql'
import { expect, onTestFinished, test } from 'vitest'
import { groupsOf, hasServer } from '../../src/discord/sharding.ts'
import { type Loopback, type LoopbackOptions, startLoopback } from '../../src/rehearsal/loopback.ts'
import { readingGroup, type World } from '../../src/rehearsal/world.ts'
import { databaseFile } from '../../src/store/database.ts'
import { built, type Program, run } from './program.ts'
import {
  evening,
  general,
  group,
  ines,
  isRead,
  mara,
  marasDm,
  only,
  pasted,
  quotesOf,
  readings,
  stage,
} from './stage.ts'

/** Of the second server, so that it falls to another shard. */
const farOff = (BigInt(evening) + (1n << 22n)).toString()

test('shards are shared out evenly, neighbours together', () => {
  expect(groupsOf(1, 8)).toEqual([[0]])
  expect(groupsOf(4, 2)).toEqual([
    [0, 1],
    [2, 3],
  ])
  expect(groupsOf(5, 2)).toEqual([
    [0, 1, 2],
    [3, 4],
  ])
  expect(groupsOf(16, 3).flat()).toEqual(Array.from({ length: 16 }, (_, shard) => shard))
})

test('a server belongs to one shard alone', () => {
  const holders = [0, 1, 2].filter((shard) => hasServer({ ids: [shard], of: 3 }, evening))
  expect(holders).toHaveLength(1)
  expect(hasServer({ ids: [0, 1, 2], of: 3 }, evening)).toBe(true)
})

const fact = 'The lighthouse keeper Aldous Finch hid seven copper kettles under the north stairs.'

/** Two servers, each of another shard. */
const world = (): World => JSON.parse(JSON.stringify(readingGroup()).replaceAll(evening, farOff))

test('a process takes only servers of its own shards for left', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'footnote-shards-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const env = { DATA_DIR: dataDir }
  const whole = await stage({ env, discord: { world: world() } })
  for (const channel of [readings, general]) await pasted(whole, fact, 'Kettles', channel)
  await whole.stop()

  const nowhere = world()
  for (const server of nowhere.servers) Object.assign(server, { hasBot: false })
  const ids = [0, 1].filter((id) => hasServer({ ids: [id], of: 2 }, farOff))
  await stage({ env, discord: { world: nowhere }, shards: { ids, of: 2 } })
  const database = new Sqlite(databaseFile(dataDir))
  onTestFinished(() => void database.close())
  const left = () =>
    (
      database.prepare('select owner from libraries where left_at is not null').all([]) as {
        owner: string
      }[]
    ).map(({ owner }) => owner)
  await expect.poll(left).toEqual([`server:${farOff}`])
  expect(hasServer({ ids, of: 2 }, group)).toBe(false)
})

async function discord(options: LoopbackOptions = {}): Promise<Loopback> {
  const loopback = await startLoopback({ world: world(), identifiesAtOnce: 16, ...options })
  onTestFinished(() => loopback.close())
  return loopback
}

function start(loopback: Loopback, env: Record<string, string>): Promise<Program> {
  return run({ DISCORD_TOKEN: loopback.token, DISCORD_API: loopback.api, ...env })
}

const connected = (loopback: Loopback) =>
  loopback
    .sessions()
    .filter((session) => session.connected)
    .map(({ shard }) => shard.join('/'))
    .sort()

/** The processes that have been started, oldest first. */
const pids = ({ lines }: Program) =>
  lines()
    .filter(({ msg }) => msg === 'a process has been started')
    .map(({ pid }) => Number(pid))

async function ready(loopback: Loopback, program: Program, shards: number): Promise<void> {
  await expect
    .poll(() => connected(loopback), { timeout: 30_000 })
    .toEqual(Array.from({ length: shards }, (_, shard) => `${shard}/${shards}`))
  await expect
    .poll(() => program.lines().filter(({ msg }) => msg === 'ready').length, { timeout: 30_000 })
    .toBe(pids(program).length)
}

const why = (loopback: Loopback, channel: string) =>
  loopback.act({ kind: 'command', member: mara, channel, command: 'why-hanoi-failed' })

test.skipIf(!built)(
  'with two shards every server and every direct message is answered, by one library; told to end, each process finishes what is in flight',
  async () => {
    const loopback = await discord({ shards: 2 })
    const program = await start(loopback, { SHARDS: 'auto' })
    await ready(loopback, program, 2)
    for (const channel of [readings, general, marasDm]) {
      const answer = only(await why(loopback, channel).settled())
      expect(quotesOf(answer).length).toBeGreaterThan(0)
    }
    // Whoever is first writes, the others find nothing to change.
    const writes = loopback.requests().filter(({ method }) => method === 'PUT')
    expect(writes).toHaveLength(1)

    loopback.faults.slowCallbacks(1_500)
    const asked = [why(loopback, readings), why(loopback, general)]
    await wait(500)
    program.child.kill('SIGTERM')
    for (const one of asked) expect((await one.settled()).state).toBe('done')
    expect((await program.ended)[0]).toBe(0)
    expect(connected(loopback)).toEqual([])
    expect(program.output()).not.toContain(loopback.token)
    const failures = program.lines().filter(({ level }) => level === 'error' || level === 'fatal')
    expect(failures).toEqual([])
  },
  60_000,
)

test.skipIf(!built)(
  'more shards than processors share processes, and each server keeps its library',
  async () => {
    const loopback = await discord()
    const program = await start(loopback, { SHARDS: '5' })
    await ready(loopback, program, 5)
    const opened = await loopback
      .act({ kind: 'command', member: ines, channel: general, command: 'library add-text' })
      .settled()
    const fields = { title: 'Kettles', text: fact }
    await loopback
      .act({ kind: 'submit', member: ines, interaction: opened.id, fields })
      .until(isRead, 60_000)
    const ask = (channel: string) =>
      loopback
        .act({
          kind: 'command',
          member: mara,
          channel,
          command: 'ask',
          options: { question: 'Where did Aldous Finch hide the copper kettles?' },
        })
        .settled()
    expect(quotesOf(only(await ask(general))).join()).toContain('seven copper kettles')
    expect(quotesOf(only(await ask(readings)))).toEqual([])
  },
  60_000,
)

test.skipIf(!built)(
  'a process that is killed is started again, the others go on meanwhile; where the supervising process is killed, none is left behind',
  async () => {
    const loopback = await discord()
    const program = await start(loopback, { SHARDS: '2' })
    await ready(loopback, program, 2)
    const before = pids(program)
    const [last] = before.slice(-1)
    process.kill(last ?? 0, 'SIGKILL')
    if (before.length > 1) {
      const answer = only(
        await why(loopback, hasServer({ ids: [0], of: 2 }, farOff) ? general : readings).settled(),
      )
      expect(quotesOf(answer).length).toBeGreaterThan(0)
    }
    await expect.poll(() => pids(program).length, { timeout: 20_000 }).toBe(before.length + 1)
    await ready(loopback, program, 2)
    for (const channel of [readings, general]) {
      expect((await why(loopback, channel).settled()).state).toBe('done')
    }

    program.child.kill('SIGKILL')
    await expect.poll(() => connected(loopback), { timeout: 15_000 }).toEqual([])
    const alive = (pid: number) => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    await expect.poll(() => pids(program).filter(alive), { timeout: 15_000 }).toEqual([])
  },
  60_000,
)

test.skipIf(!built)(
  'a mistake of the operator ends all of it with one sentence',
  async () => {
    const loopback = await discord()
    const token = 'x'.repeat(60)
    const refused = await run({ DISCORD_TOKEN: token, DISCORD_API: loopback.api, SHARDS: '2' })
    expect((await refused.ended)[0]).toBe(78)
    expect(refused.output()).toContain('DISCORD_TOKEN is refused')
    const nowhere = await start(loopback, { SHARDS: '2', KNOWLEDGE_DIR: '/nowhere/at/all' })
    expect((await nowhere.ended)[0]).toBe(78)
    expect(nowhere.output()).toContain('/nowhere/at/all')
  },
  60_000,
)
