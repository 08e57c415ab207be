import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { projectRoot } from '../../src/config.ts'
import { type Loopback, startLoopback } from '../../src/rehearsal/loopback.ts'
import { mara, only, quotesOf, readings } from './stage.ts'

const program = join(projectRoot, 'dist/src/main.js')
const built = existsSync(program)
if (!built) console.warn('The program is not built (npm run build): its own tests are skipped.')

/** The built program in a process of its own, in an empty folder. */
async function run(env: Record<string, string>) {
  const cwd = await mkdtemp(join(tmpdir(), 'footnote-'))
  const child = spawn(process.execPath, [program], {
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    output += data
  })
  const ended = once(child, 'close')
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGKILL')
    await ended
    await rm(cwd, { recursive: true, force: true })
  })
  return { child, output: () => output, ended }
}

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
