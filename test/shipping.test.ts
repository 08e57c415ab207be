import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { projectRoot, settings } from '../src/config.ts'
import { outcomes } from '../src/operations/ending.ts'

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8')
const isSetting = (name: string) => name === 'NODE_ENV' || Object.hasOwn(settings.shape, name)

test('docs/dependencies.md names every package with its licence, and no other', () => {
  const listed = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|(.+)\|$/gm)]
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  expect(listed.map(([, name]) => name).sort()).toEqual(
    Object.keys({ ...dependencies, ...devDependencies }).sort(),
  )
  for (const [, name = '', rest = ''] of listed) {
    const { license } = JSON.parse(read(join('node_modules', name, 'package.json')))
    expect(rest.split('|')[2]?.trim(), name).toBe(license)
  }
})

test('the Dockerfile copies what is there and not left out, and sets what the program reads', () => {
  const dockerfile = read('Dockerfile').replace(/\\\n/g, ' ')
  const letThrough = read('.dockerignore').match(/(?<=^!).+$/gm) ?? []
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, sources = '']) => sources.split(' '),
  )
  expect(copied.length).toBeGreaterThan(5)
  for (const path of copied) {
    const name = path.replace(/^\.\//, '')
    expect(existsSync(join(projectRoot, name)), name).toBe(true)
    expect(letThrough).toContain(name)
  }
  const env = /^ENV (.+)$/m.exec(dockerfile)?.[1]?.match(/\w+(?==)/g) ?? []
  expect(env.filter((name) => !isSetting(name))).toEqual([])
  expect(dockerfile).toMatch(/^USER node$/m)
  expect(startedBy(dockerfile)).toBe(true)
})

test('compose.yaml sets what the program reads, and locks both services down', () => {
  const { services, volumes, networks } = parse(read('compose.yaml'))
  // The bot takes ten seconds at most to end.
  expect(Number.parseInt(services.footnote.stop_grace_period, 10)).toBeGreaterThan(10)
  const env = Object.keys(services.footnote.environment)
  expect(env.filter((name) => !isSetting(name))).toEqual([])
  for (const service of [services.footnote, services.database]) {
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toContain('no-new-privileges:true')
    for (const one of service.volumes) expect(volumes).toHaveProperty(one.split(':')[0])
    for (const one of service.networks) expect(networks).toHaveProperty(one)
  }
  const host = new URL(services.footnote.environment.DATABASE_URL.replace(/\$\{.*\}/, 'x')).hostname
  expect(services).toHaveProperty(host)
})

test('docs/operating.md quotes messages that the program has', () => {
  const [, tables = ''] = read('docs/operating.md').split('## What went wrong')
  const messages = [...tables.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
  )
  expect(messages.length).toBeGreaterThan(30)
  const sources = ['src', 'commands']
    .flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => read(join(folder, name))),
    )
    .join('\n')
  // What differs from case to case is "…"; Discord's own words are not ours.
  const missing = messages
    .filter((message) => message !== '/' && message !== 'The application did not respond')
    .filter((message) => !message.split('…').every((part) => sources.includes(part)))
  expect(missing).toEqual([])
})

test('docs/operating.md names outcomes, metrics and scripts as they are', () => {
  const text = read('docs/operating.md')
  const [, log = ''] = text.split('## The log')
  for (const outcome of outcomes) expect(log).toContain(`| \`${outcome}\` |`)
  const { scripts } = JSON.parse(read('package.json'))
  for (const [, name = ''] of text.matchAll(/npm run ([\w:]+)/g))
    expect(scripts).toHaveProperty(name)
  const metrics = read('src/operations/metrics.ts')
  for (const [name] of text.matchAll(/footnote_\w+/g)) expect(metrics).toContain(`'${name}'`)
  for (const [, file = ''] of text.matchAll(/\]\(([^)#:]+)[^)]*\)/g))
    expect(existsSync(join(projectRoot, 'docs', file)), file).toBe(true)
})

test('the systemd unit starts the program with settings that it reads, whatever stays empty', () => {
  const unit = read('docs/footnote.service')
  const given = /^ExecStart=(.+)$/m.exec(unit)?.[1]?.match(/\w+(?==)/g) ?? []
  expect(given).toEqual(['DATA_DIR'])
  expect(given.filter((name) => !isSetting(name))).toEqual([])
  // A line of the file of settings, though empty, replaces what Environment= says.
  const env = /^Environment=(.+)$/m.exec(unit)?.[1]?.match(/\w+(?==)/g) ?? []
  const example: readonly string[] = read('.env.example').match(/^\w+(?==)/gm) ?? []
  expect(env.filter((name) => example.includes(name))).toEqual([])
  expect(startedBy(unit)).toBe(true)
})

/** Whether a file starts the program that `src/main.ts` is built to. */
function startedBy(file: string): boolean {
  return file.includes('dist/src/main.js') && existsSync(join(projectRoot, 'src/main.ts'))
}
