import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { projectRoot } from '../../src/config.ts'
import { type Loopback, startLoopback } from '../../src/rehearsal/loopback.ts'
import { built, freePorts, run } from './program.ts'
import { group, ines, isRead, mara, only, plain, quotesOf, readings } from './stage.ts'

async function discord(): Promise<Loopback> {
  const loopback = await startLoopback()
  onTestFinished(() => loopback.close())
  return loopback
}

test.skipIf(!built)(
  'the program logs in, answers, and ends in peace when it is told to',
  async () => {
    const loopback = await discord()
    const registered = loopback.next((event) => event.kind === 'commands', 15_000)
    const { child, output, ended } = await run({
      DISCORD_TOKEN: loopback.token,
      DISCORD_API: loopback.api,
    })
    await registered
    const answer = await loopback
      .act({ kind: 'command', member: mara, channel: readings, command: 'why-hanoi-failed' })
      .settled()
    expect(quotesOf(only(answer)).length).toBeGreaterThan(0)
    await expect.poll(output).toContain('"msg":"ready"')
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    expect(loopback.online()).toBe(false)
    for (const line of output().trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
    expect(output()).not.toContain(loopback.token)
  },
)

test.skipIf(!built)(
  'a token that Discord refuses ends the program with one clear sentence',
  async () => {
    const loopback = await discord()
    const token = 'x'.repeat(60)
    const { output, ended } = await run({ DISCORD_TOKEN: token, DISCORD_API: loopback.api })
    expect((await ended)[0]).toBe(78)
    const lines = output().trim().split('\n')
    expect(lines.at(-1)).toMatch(/^DISCORD_TOKEN is refused/)
    expect(output()).not.toContain(token)
    expect(output()).not.toContain('    at ')
  },
)

test.skipIf(!built)(
  'the commands of one server are registered and taken away again from the command line',
  async () => {
    const loopback = await discord()
    const register = async (...flags: string[]) => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(projectRoot, 'dist/src/register.js'), ...flags],
        {
          cwd: tmpdir(),
          env: {
            PATH: process.env.PATH ?? '',
            DISCORD_TOKEN: loopback.token,
            DISCORD_API: loopback.api,
          },
        },
      )
      return stdout
    }
    await register('--global')
    await register('--guild', group)
    expect(loopback.commandsFor(group).length).toBeGreaterThan(5)
    expect(await register('--guild', group, '--remove', '--dry-run')).toContain('would remove ask,')
    expect(loopback.commandsFor(group).length).toBeGreaterThan(5)
    expect(await register('--guild', group, '--remove')).toContain('removed ask,')
    expect(loopback.commandsFor(group)).toEqual([])
    expect(loopback.commandsFor().length).toBeGreaterThan(5)
    await expect(register('--remove')).rejects.toThrow('--remove needs --guild ID or --global')
  },
)

/** The built program, logged in. */
async function started(env: Record<string, string> = {}, nodeOptions: readonly string[] = []) {
  const loopback = await discord()
  const running = await run(
    { DISCORD_TOKEN: loopback.token, DISCORD_API: loopback.api, ...env },
    nodeOptions,
  )
  await expect.poll(running.output, { timeout: 15_000 }).toContain('"msg":"ready"')
  const ask = (question: string) =>
    loopback
      .act({
        kind: 'command',
        member: mara,
        channel: readings,
        command: 'ask',
        options: { question },
      })
      .settled()
  return { ...running, loopback, ask }
}

test.skipIf(!built)(
  'a token that is revoked while the program runs ends it with the same sentence',
  async () => {
    const { loopback, output, ended } = await started()
    loopback.faults.revokeToken()
    expect((await ended)[0]).toBe(78)
    expect(output().trim().split('\n').at(-1)).toMatch(/^DISCORD_TOKEN is refused by Discord/)
    expect(output()).not.toContain(loopback.token)
  },
)

test.skipIf(!built)(
  'every line that is logged of an interaction carries its id, and none what was asked',
  async () => {
    const { loopback, lines, output, ask } = await started({ LOG_LEVEL: 'trace' })
    const before = lines().length
    const answered = await ask('Why did the zeppelin summit fail?')
    loopback.faults.rest({ path: /callback$/, status: 500, times: 1000 })
    const lost = await ask('Why did the zeppelin summit fail?')
    const ends = () => lines().filter(({ msg }) => msg === 'ended')
    await expect
      .poll(() => ends().map(({ id }) => id), { timeout: 10_000 })
      .toEqual([answered.id, lost.id])
    expect(ends()[0]).toMatchObject({ kind: 'command', command: 'ask' })
    expect(
      lines()
        .slice(before)
        .filter(({ id }) => id !== answered.id && id !== lost.id),
    ).toEqual([])
    expect(output()).not.toContain('zeppelin')
    for (const secret of [loopback.token, String(answered.sent.token), String(lost.sent.token)]) {
      expect(output()).not.toContain(secret)
    }
  },
)

test.skipIf(!built)('what was asked is logged where the operator wants it', async () => {
  const { lines, ask } = await started({ LOG_QUESTIONS: 'on' })
  const question = 'Why did the zeppelin summit fail?'
  await ask(question)
  await expect
    .poll(() => lines().find(({ msg }) => msg === 'ended'))
    .toMatchObject({
      given: { question },
    })
})

/** Fails in the way of the signal that the program is sent. */
const failing = `data:text/javascript,${encodeURIComponent(`
  process.on('SIGUSR2', () => { Promise.reject(new Error('nobody looked after me')) })
  process.on('SIGHUP', () => { setImmediate(() => { throw new Error('nobody caught me') }) })
`)}`

test.skipIf(!built)(
  'an exception that nothing caught is logged once and ends the program in order; a rejection does not',
  async () => {
    const { child, loopback, lines, output, ask, ended } = await started({}, ['--import', failing])
    const failures = () => lines().filter(({ level }) => level === 'error' || level === 'fatal')
    child.kill('SIGUSR2')
    await expect.poll(failures).toHaveLength(1)
    expect(JSON.stringify(failures()[0])).toContain('nobody looked after me')
    expect((await ask('Why did the Hanoi summit fail?')).state).toBe('done')

    child.kill('SIGHUP')
    expect((await ended)[0]).toBe(1)
    expect(failures()).toHaveLength(2)
    expect(JSON.stringify(failures()[1])).toContain('nobody caught me')
    expect(loopback.online()).toBe(false)
    expect(output()).not.toContain('\n    at ')
  },
)

/** As under a service manager that lets nobody change priorities. */
const withoutPriorities = `data:text/javascript,${encodeURIComponent(`
  import os from 'node:os'
  import { syncBuiltinESMExports } from 'node:module'
  os.setPriority = () => { throw new Error('EPERM') }
  syncBuiltinESMExports()
`)}`

test.skipIf(!built)('a file is added where the system lets no priority be changed', async () => {
  const { loopback, output } = await started({}, ['--import', withoutPriorities])
  const { id } = await loopback
    .act({ kind: 'command', member: ines, channel: readings, command: 'library add' })
    .settled()
  const base64 = Buffer.from('# Bread\n\nRye bread is sour because of its leaven.\n').toString(
    'base64',
  )
  const added = await loopback
    .act({
      kind: 'submit',
      member: ines,
      interaction: id,
      fields: { files: [{ name: 'Bread.md', type: 'text/markdown', base64 }] },
    })
    .until(isRead, 20_000)
  expect(plain(only(added))).toContain('Bread')
  expect(output()).not.toContain('EPERM')
})

test.skipIf(!built)('a dispatch that makes no sense does not end the program', async () => {
  const { loopback, lines, ask } = await started()
  loopback.faults.dispatch('INTERACTION_CREATE', { id: '1', type: 2, token: 'x', data: null })
  await expect
    .poll(() => lines().filter(({ level }) => level === 'error').length)
    .toBeGreaterThan(0)
  expect((await ask('Why did the Hanoi summit fail?')).state).toBe('done')
})

test.skipIf(!built)(
  'from outside, the program is seen starting, ready, and stopping with an answer under way',
  async () => {
    const [port] = await freePorts(1)
    const { child, loopback, ended } = await started({ METRICS_PORT: String(port) })
    const look = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return `${response.status} ${(await response.text()).trim()}`
    }
    expect(await look('/healthz')).toBe('200 ok')
    expect(await look('/readyz')).toBe('200 ready')
    loopback.faults.slowCallbacks(1_000)
    const asked = loopback.act({
      kind: 'command',
      member: mara,
      channel: readings,
      command: 'ask',
      options: { question: 'Why did the Hanoi summit fail?' },
    })
    await expect.poll(() => look('/metrics')).toContain('footnote_search_seconds_count 1')
    child.kill('SIGTERM')
    await expect.poll(() => look('/readyz')).toBe('503 stopping')
    expect(quotesOf(only(await asked.settled())).length).toBeGreaterThan(0)
    expect((await ended)[0]).toBe(0)
  },
)
