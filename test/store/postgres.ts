import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'

const run = promisify(execFile)

/** The newest PostgreSQL from Debian's package, or what is on the path. */
function programs(): string | undefined {
  const root = '/usr/lib/postgresql'
  const folders = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const found = folders.map((version) => join(root, version, 'bin'))
  return [...found, '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin'].find((bin) =>
    existsSync(join(bin, 'initdb')),
  )
}

/** PostgreSQL refuses to run as root: there, the package's own user does. */
function asUser(program: string, args: readonly string[]): [string, string[]] {
  return process.getuid?.() === 0
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
    : [program, [...args]]
}

/** Why the tests on PostgreSQL are left out, if they are. */
export const postgresMissing = programs()
  ? undefined
  : 'PostgreSQL is not installed (Debian: apt-get install postgresql): its tests are skipped.'

type Postgres = {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>
  close(): Promise<void>
}

/**
 * Tests that share a server of PostgreSQL.
 * @param tests are given what makes a new, empty database and returns its address
 */
export function onPostgres(
  name: string,
  tests: (newDatabase: () => Promise<string>) => void,
  missing = postgresMissing,
): void {
  describe.skipIf(missing)(missing ? `${name}: ${missing}` : name, () => {
    let server: Postgres
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server?.close())
    tests(() => server.newDatabase())
  })
}

/** A server of our own on 127.0.0.1, in a folder for the time being. */
async function startPostgres(): Promise<Postgres> {
  const bin = programs()
  if (!bin) throw new Error(postgresMissing)
  const folder = mkdtempSync(join(tmpdir(), 'footnote-postgres-'))
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres:postgres', folder])
  chmodSync(folder, 0o700)
  const data = join(folder, 'data')
  const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }
  const port = await freePort()
  const initdb = ['-D', data, '-A', 'trust', '-U', 'footnote', '-E', 'UTF8', '--no-sync']
  await run(...asUser(join(bin, 'initdb'), initdb), { env, cwd: '/' })
  const options = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-F']
  const server = spawn(...asUser(join(bin, 'postgres'), options), {
    env,
    cwd: '/',
    stdio: 'ignore',
  })
  const ended = once(server, 'exit')
  const address = (name: string) => `postgres://footnote@127.0.0.1:${port}/${name}`
  const admin = await connected(address('postgres'))
  let count = 0
  return {
    async newDatabase() {
      count += 1
      const name = `library_${count}`
      await admin.query(`create database ${name}`)
      return address(name)
    },
    async close() {
      await admin.end()
      // Fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
      server.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function connected(address: string): Promise<pg.Client> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client(address)
    client.on('error', () => {})
    try {
      await client.connect()
      return client
    } catch (error) {
      if (attempt === 100) throw error
      await wait(100)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
