import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { describe, expect, test } from 'vitest'
import { projectRoot, readConfig, settings } from '../src/config.ts'
import { createLog, withoutTokens } from '../src/log.ts'
import { OperatorError } from '../src/problem.ts'

/** Made of three parts as Discord's are, and of nothing secret. */
const token = `${'M'.repeat(26)}.${'G'.repeat(6)}.${'x'.repeat(38)}`

describe('the settings', () => {
  test('have defaults for everything but the token', () => {
    expect(readConfig({})).toEqual({
      knowledgeDir: join(projectRoot, 'knowledge'),
      commandsDir: join(projectRoot, 'commands'),
      dataDir: join(projectRoot, 'data'),
      logLevel: 'info',
      logQuestions: false,
      perMinute: { member: 30, channel: 120, server: 600 },
      mentions: false,
      uploads: {
        links: false,
        articles: 100,
        bytes: 100_000_000,
        documentBytes: 25_000_000,
        perHour: 30,
        perHourToServer: 100,
      },
      libraryMemory: 256_000_000,
      daysAfterLeaving: 30,
      discordApi: 'https://discord.com/api',
      rehearsalPort: 4321,
    })
  })

  test('count an empty value as none', () => {
    expect(readConfig({ DISCORD_TOKEN: ' ', REHEARSAL_PORT: '', KNOWLEDGE_DIR: '' })).toEqual(
      readConfig({}),
    )
  })

  test('take relative folders from where the program was started', () => {
    expect(readConfig({ KNOWLEDGE_DIR: 'texts' }).knowledgeDir).toBe(join(process.cwd(), 'texts'))
  })

  test('take an address without its closing slash', () => {
    expect(readConfig({ DISCORD_API: 'http://127.0.0.1:8080/api/' }).discordApi).toBe(
      'http://127.0.0.1:8080/api',
    )
  })

  test.each([
    ['DISCORD_GUILD_ID', 'my server'],
    ['DISCORD_APPLICATION_ID', '12'],
    ['LOG_LEVEL', 'loud'],
    ['MENTIONS', 'maybe'],
    ['REHEARSAL_PORT', '70000'],
    ['REHEARSAL_PORT', 'http'],
    ['DISCORD_API', 'discord.com'],
    ['LINKS', 'yes'],
    ['LOG_QUESTIONS', 'sometimes'],
    ['METRICS_PORT', '0'],
    ['METRICS_HOST', 'every where'],
    ['MEMBER_PER_MINUTE', 'many'],
    ['LIBRARY_ARTICLES', '0'],
    ['UPLOADS_PER_HOUR', '1.5'],
    ['DAYS_AFTER_LEAVING', 'never'],
  ])('refuse a bad %s in one sentence with the value and the mend', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(OperatorError)
    expect(() => readConfig({ [name]: value })).toThrow(`${name}="${value}" must be`)
    expect(() => readConfig({ [name]: value })).toThrow('.env')
  })

  test('never show a token', () => {
    for (const bad of ['Bot secret-token', 'secret token']) {
      expect(() => readConfig({ DISCORD_TOKEN: bad })).toThrow('DISCORD_TOKEN must')
      expect(() => readConfig({ DISCORD_TOKEN: bad })).not.toThrow('secret')
    }
  })

  test('never show the password of a database', () => {
    const bad = 'mysql://reader:hush@127.0.0.1/library'
    expect(() => readConfig({ DATABASE_URL: bad })).toThrow('DATABASE_URL must')
    expect(() => readConfig({ DATABASE_URL: bad })).not.toThrow('hush')
  })

  test('all stand in .env.example, each under a comment, and nothing else does', () => {
    const example = readFileSync(join(projectRoot, '.env.example'), 'utf8')
    expect(Object.keys(parse(example)).sort()).toEqual(Object.keys(settings.shape).sort())
    const lines = example.split('\n')
    for (const name of Object.keys(settings.shape)) {
      const at = lines.findIndex((line) => line.startsWith(`${name}=`))
      expect(lines[at - 1], name).toMatch(/^# ./)
    }
    expect(() => readConfig(parse(example))).not.toThrow()
  })
})

describe('the log', () => {
  function logged(write: (log: ReturnType<typeof createLog>) => void): string {
    const lines: string[] = []
    write(createLog({ level: 'info', secrets: ['hush-hush'], to: { write: (l) => lines.push(l) } }))
    return lines.join('')
  }

  test('is one JSON object a line', () => {
    const [line] = logged((log) => log.info({ id: '7' }, 'hello')).split('\n')
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'info', id: '7', msg: 'hello' })
  })

  test.each([
    ['in a field', { token }],
    ['in a list in a field', { headers: [`Bot ${token}`] }],
    ['in an error', { err: new Error(`401 for ${token}`) }],
    ['in the address of a reply', { url: `/webhooks/123456789012345678/${'a'.repeat(60)}` }],
    ['that looks like none', { note: 'it is hush-hush' }],
  ])('holds no token %s', (_where, fields) => {
    const line = logged((log) => log.error(fields, `with ${token}`))
    expect(line).toContain('[token]')
    expect(line).not.toContain(token)
    expect(line).not.toContain('a'.repeat(60))
    expect(line).not.toContain('hush-hush')
    expect(() => JSON.parse(line)).not.toThrow()
  })

  test('does not hold what was sent to Discord when that failed', () => {
    const err = Object.assign(new Error('Invalid Form Body'), {
      code: 50035,
      requestBody: { json: { content: 'a private question' } },
    })
    const line = logged((log) => log.error({ err }))
    expect(line).toContain('50035')
    expect(line).not.toContain('a private question')
  })

  test('leaves ordinary text alone', () => {
    const text = 'See https://example.org/a.b.c/webhooks and ask Mr. Biegun.'
    expect(withoutTokens(text)).toBe(text)
  })
})
