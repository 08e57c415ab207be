import { execFile, execFileSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Sqlite from 'libsql'
import { expect, onTestFinished, test } from 'vitest'
import { projectRoot } from '../../src/config.ts'
import { guildObject } from '../../src/rehearsal/world.ts'
import { databaseFile } from '../../src/store/database.ts'
import {
  ask,
  group,
  only,
  pasted,
  plain,
  quotesOf,
  type Stage,
  stage,
  whenManaged,
} from './stage.ts'

const fact = 'The lighthouse keeper Aldous Finch hid seven copper kettles under the north stairs.'
const question = 'Where did Aldous Finch hide the copper kettles?'
const about = 'Why did the Hanoi summit fail?'

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'footnote-trouble-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

const says = async (on: Stage, name: string, options = {}) =>
  plain(only(await whenManaged(on, name, options)))
const logged = (on: Stage) => on.log.map(({ msg }) => msg).join('\n')
const findsIt = async (on: Stage) => quotesOf(only(await ask(on, question))).includes(fact)

test('a damaged database at the start: the log says so, bundled articles answer, and readings come back with it', async () => {
  const dataDir = await folder()
  const file = databaseFile(dataDir)
  const on = await stage({ env: { DATA_DIR: dataDir } })
  await pasted(on, fact)
  await on.stop()
  await copyFile(file, `${file}.good`)
  const damaged = 'Not a database any more. '.repeat(1_000)
  await writeFile(file, damaged)

  await on.start()
  expect(logged(on)).toContain(
    `${file}: the file is damaged or no database, and it was left as it is`,
  )
  const answer = only(await ask(on, about))
  expect(quotesOf(answer).length).toBeGreaterThan(0)
  expect(plain(answer)).toContain('The readings of this server cannot be reached just now')
  expect(await says(on, 'library list')).toContain('The file of the library is damaged.')
  expect(await says(on, 'library settings', { unanswered: true })).toContain('is damaged')
  expect(await readFile(file, 'utf8')).toBe(damaged)

  await rename(`${file}.good`, file)
  await expect.poll(() => findsIt(on), { timeout: 15_000, interval: 500 }).toBe(true)
  expect(plain(only(await ask(on, about)))).not.toContain('cannot be reached')
}, 40_000)

test('a database that another program holds at the start is waited for', async () => {
  const dataDir = await folder()
  const on = await stage({ env: { DATA_DIR: dataDir } })
  await pasted(on, fact)
  await on.stop()
  const other = new Sqlite(databaseFile(dataDir))
  // Outside a write-ahead log one program can keep all others out.
  other.exec('pragma journal_mode = delete')
  other.exec('begin exclusive')
  await on.start()
  expect(logged(on)).toContain('another program holds the database')
  expect(quotesOf(only(await ask(on, about))).length).toBeGreaterThan(0)
  other.exec('rollback')
  other.close()
  await expect.poll(() => findsIt(on), { timeout: 15_000, interval: 500 }).toBe(true)
}, 40_000)

test('a database that is damaged or moved away while the bot runs: what is loaded answers, nothing is written over', async () => {
  const dataDir = await folder()
  const file = databaseFile(dataDir)
  const on = await stage({ env: { DATA_DIR: dataDir } })
  await pasted(on, fact)
  expect(await findsIt(on)).toBe(true)

  await rename(file, `${file}.moved`)
  const refused = await says(on, 'library rename', { article: 'kettles', title: 'Pots' })
  expect(refused).toContain('The library cannot be reached just now. Nothing was changed.')
  expect(await findsIt(on)).toBe(true)
  await expect
    .poll(() => logged(on), { timeout: 15_000 })
    .toContain('the file is gone; put it back')
  expect(await findsIt(on)).toBe(true)
  await rename(`${file}.moved`, file)
  await expect
    .poll(() => says(on, 'library list'), { timeout: 15_000, interval: 500 })
    .toContain('Kettles')
}, 60_000)

const mounts = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    const at = execFileSync('mktemp', ['-d']).toString().trim()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' })
    execFileSync('umount', [at])
    return true
  } catch {
    return false
  }
})()

test.skipIf(!mounts)(
  `a full disk${mounts ? '' : ' (skipped: only root can make a small one)'}: said so, reading goes on, and with room again so does adding`,
  async () => {
    const disk = await mkdtemp(join(tmpdir(), 'footnote-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    onTestFinished(async () => {
      execFileSync('umount', ['-l', disk])
      await rm(disk, { recursive: true, force: true })
    })
    const on = await stage({ env: { DATA_DIR: disk } })
    await pasted(on, fact)
    const filler = join(disk, 'filler')
    await writeFile(filler, Buffer.alloc(2_000_000)).catch(() => {})
    let refused = ''
    for (let number = 0; number < 40 && !refused.includes('Nothing was changed'); number++)
      refused = plain(
        only(await pasted(on, `${number} ${'Bread is sold. '.repeat(250)}`, `T${number}`)),
      )
    expect(refused).toMatch(/There is no room left|cannot be written to/)
    expect(await findsIt(on)).toBe(true)
    await rm(filler)
    await expect
      .poll(async () => plain(only(await pasted(on, 'There is room.', 'Room'))), {
        timeout: 15_000,
        interval: 500,
      })
      .toContain('One reading added')
    expect(await findsIt(on)).toBe(true)
  },
  60_000,
)

test('a server that the bot leaves and comes back to keeps its library; an outage changes nothing', async () => {
  const dataDir = await folder()
  const on = await stage({ env: { DATA_DIR: dataDir } })
  await pasted(on, fact)
  const other = new Sqlite(databaseFile(dataDir))
  onTestFinished(() => void other.close())
  const leftAt = () =>
    (
      other.prepare('select left_at from libraries where owner = ?').get([`server:${group}`]) as {
        left_at: string | null
      }
    ).left_at
  const server = on.discord.world.servers.find(({ id }) => id === group)
  if (!server) throw new Error('no server')
  const { dispatch } = on.discord.faults

  dispatch('GUILD_DELETE', { id: group, unavailable: true })
  await ask(on, about)
  expect(leftAt()).toBeNull()
  dispatch('GUILD_CREATE', guildObject(on.discord.world, server))

  dispatch('GUILD_DELETE', { id: group })
  await expect.poll(leftAt, { timeout: 5_000 }).not.toBeNull()
  const since = leftAt()
  // It is still out after a restart, and the 30 days go on from the day it left.
  Object.assign(server, { hasBot: false })
  await on.stop()
  await on.start()
  expect(leftAt()).toBe(since)

  Object.assign(server, { hasBot: true })
  dispatch('GUILD_CREATE', guildObject(on.discord.world, server))
  await expect.poll(leftAt, { timeout: 5_000 }).toBeNull()
  expect(await findsIt(on)).toBe(true)

  // Left while the bot was off; and long ago, at the next start.
  await on.stop()
  Object.assign(server, { hasBot: false })
  await on.start()
  await expect.poll(leftAt, { timeout: 5_000 }).not.toBeNull()
  await on.stop()
  other
    .prepare('update libraries set left_at = ? where owner = ?')
    .run([new Date(Date.now() - 31 * 86_400_000).toISOString(), `server:${group}`])
  await on.start()
  expect(other.prepare('select count(*) as n from articles').get([])).toMatchObject({ n: 0 })
}, 60_000)

test('a copy that is brought back while the bot runs is answered from within seconds', async () => {
  const dataDir = await folder()
  const on = await stage({ env: { DATA_DIR: dataDir } })
  await pasted(on, fact)
  const run = (name: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [join(projectRoot, `dist/src/${name}.js`), ...args], {
      cwd: dataDir,
      env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    })
  const copy = join(await folder(), 'copy.db')
  await run('backup', copy)
  await whenManaged(on, 'library remove', { article: 'kettles' })
  expect(await findsIt(on)).toBe(false)
  const { stdout } = await run('restore', copy, '--replace')
  expect(stdout).toContain('1 reading brought back; a bot that runs shows it within seconds.')
  await expect.poll(() => findsIt(on), { timeout: 10_000, interval: 300 }).toBe(true)
}, 60_000)
