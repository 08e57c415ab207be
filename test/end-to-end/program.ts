import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { projectRoot } from '../../src/config.ts'

const program = join(projectRoot, 'dist/src/main.js')
export const built = existsSync(program)
if (!built) console.warn('The program is not built (npm run build): its own tests are skipped.')

export type Program = {
  readonly child: ChildProcess
  /** All that it has written so far. */
  output(): string
  /** What it has logged so far; other lines are passed over. */
  lines(): readonly (Record<string, unknown> & { readonly msg?: string; readonly level?: string })[]
  /** Its exit code and signal. */
  readonly ended: Promise<unknown[]>
}

/** Ports that nothing listens on, so many. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** The built program in a process of its own, in an empty folder; it ends with the test. */
export async function run(
  env: Record<string, string>,
  nodeOptions: readonly string[] = [],
): Promise<Program> {
  const cwd = await mkdtemp(join(tmpdir(), 'footnote-'))
  const child = spawn(process.execPath, [...nodeOptions, program], {
    cwd,
    env: { PATH: process.env.PATH ?? '', DATA_DIR: join(cwd, 'data'), ...env },
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
    await rm(cwd, { recursive: true, force: true, maxRetries: 5 })
  })
  return {
    child,
    output: () => output,
    lines: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line) => JSON.parse(line)),
    ended,
  }
}
