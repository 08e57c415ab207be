import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { projectRoot } from '../config.ts'
import type { Article } from '../knowledge/article.ts'
import { readKnowledge } from '../knowledge/read.ts'
import { OperatorError, runProgram } from '../problem.ts'
import { randomFrom } from '../random.ts'
import {
  type Action,
  type Interaction,
  type Loopback,
  startLoopback,
} from '../rehearsal/loopback.ts'
import { everyComponent } from '../rehearsal/rules.ts'
import { anyFault, type Fault } from './soak-faults.ts'

const usage = `Lets the program itself answer many interactions on a Discord of this machine, among
faults of Discord and of the way to it, and counts what became of each.

  npm run soak -- [--count N] [--minutes N] [--width N] [--seed N]

  --count     interactions at most; 100000 unless told
  --minutes   the time at most; 60 unless told
  --width     interactions under way at a time; 16 unless told
  --seed      of the random mix; 1 unless told

Fails if an interaction was answered twice, was neither answered nor reported in the log, or was
reported as lost or late although it was answered, or if the memory after a collection grows by more than a tenth over the run.
`

/** One fault for about so many interactions. */
const betweenFaults = 40
const points = 10
/** Milliseconds after which an answer, or the log line that reports it, does not come any more. */
const patience = 30_000

type Heap = { readonly heapUsed: number; readonly rss: number }
type Point = Heap & { readonly done: number; readonly seconds: number }

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      minutes: { type: 'string', default: '60' },
      width: { type: 'string', default: '16' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const [count, minutes, width, seed] = [
    values.count,
    values.minutes,
    values.width,
    values.seed,
  ].map((given) => {
    const number = Number(given)
    if (!(number >= 1)) throw new OperatorError(`"${given}" is not a number from 1; see --help.`)
    return number
  }) as [number, number, number, number]

  const { articles } = await readKnowledge(join(projectRoot, 'knowledge'))
  const discord = await startLoopback()
  const program = await startProgram(discord)
  try {
    const failed = await soak({ discord, program, articles, count, minutes, width, seed })
    const code = await program.end()
    console.log(`the program ended with ${code} when it was told to`)
    if (failed || code !== 0) process.exitCode = 1
  } finally {
    program.kill()
    await discord.close()
  }
}

type Program = {
  /** How the interaction ended, as the log says; nothing before it says so. */
  outcomeOf(id: string): string | undefined
  forget(id: string): void
  /** Lines of the log at level error or fatal that belong to no interaction, the latest. */
  readonly troubles: readonly string[]
  heap(): Promise<Heap>
  readonly hasEnded: () => boolean
  end(): Promise<number | null>
  kill(): void
}

/** The built program in a process of its own, logged in. */
async function startProgram(discord: Loopback): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), 'footnote-soak-'))
  const here = import.meta.dirname
  const child: ChildProcess = spawn(
    process.execPath,
    ['--expose-gc', '--import', join(here, 'heap-on-request.js'), join(here, '../main.js')],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? '',
        DISCORD_TOKEN: discord.token,
        DISCORD_API: discord.api,
        DATA_DIR: join(folder, 'data'),
        MEMBER_PER_MINUTE: '100000',
        CHANNEL_PER_MINUTE: '1000000',
        SERVER_PER_MINUTE: '10000000',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  )
  const closed = once(child, 'close').finally(() => rm(folder, { recursive: true, force: true }))
  const outcomes = new Map<string, string>()
  const troubles: string[] = []
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The program ended with ${code}.`)))
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
      const line = JSON.parse(text) as Record<string, string>
      if (line.msg === 'ready') resolve()
      if (line.msg === 'ended' && line.id && line.outcome) outcomes.set(line.id, line.outcome)
      else if (line.id === undefined && /^(error|fatal)$/.test(line.level ?? '')) {
        troubles.push(text)
        if (troubles.length > 20) troubles.shift()
      }
    })
  })
  await ready
  return {
    outcomeOf: (id) => outcomes.get(id),
    forget: (id) => outcomes.delete(id),
    troubles,
    async heap() {
      const told = once(child, 'message')
      child.send('heap')
      return (await told)[0]
    },
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async end() {
      child.kill('SIGTERM')
      await closed
      return child.exitCode
    },
    kill() {
      if (child.exitCode === null) child.kill('SIGKILL')
    },
  }
}

async function soak(given: {
  discord: Loopback
  program: Program
  articles: readonly Article[]
  count: number
  minutes: number
  width: number
  seed: number
}): Promise<boolean> {
  const { discord, program, count, width } = given
  const random = randomFrom(given.seed)
  const nextAction = openActions(discord, given.articles, random)
  const tally = new Map<string, number>()
  const faults = new Map<string, number>()
  const strange: string[] = []
  const measured: Point[] = []
  const started = performance.now()
  const end = started + given.minutes * 60_000
  let sent = 0
  let done = 0
  let worst = 0
  let underWay = 0
  let holdUntil = 0
  /** A fault that waits until nothing is under way; at most one. */
  const waiting: Fault[] = []

  const bump = (counts: Map<string, number>, name: string) =>
    counts.set(name, (counts.get(name) ?? 0) + 1)

  async function one(): Promise<void> {
    const action = nextAction()
    const act = discord.act(action)
    const record = await act.settled(patience).catch(() => act.now())
    // What went wrong, the program must have said.
    let outcome = program.outcomeOf(act.id)
    const until = performance.now() + patience
    while (outcome === undefined && performance.now() < until && !program.hasEnded()) {
      await wait(20)
      outcome = program.outcomeOf(act.id)
    }
    program.forget(act.id)
    worst = Math.max(worst, record.acknowledgedAfter ?? 0)
    const kind = verdict(record, outcome)
    bump(tally, kind)
    if (wrong.has(kind) && strange.length < 10) {
      const seen = record.payloads.map(({ method, path, status }) => `${method} ${path} ${status}`)
      strange.push(`${kind}: ${JSON.stringify(action)} ${seen.join(', ')}`)
    }
    done += 1
  }

  function disturb(): void {
    const fault = anyFault(random)
    const now = performance.now()
    const breaks = /drop|cut|session|reconnect|resume/.test(fault.name)
    // A dispatch that is sent late must not fall into a broken connection: Discord keeps the order.
    if (breaks && now < holdUntil) return
    if (fault.name === 'out of order') holdUntil = now + 500
    bump(faults, fault.name)
    if (fault.quiet) waiting.splice(0, 1, fault)
    else fault.begin(discord.faults, random)
  }

  async function worker(): Promise<void> {
    while (sent < count && performance.now() < end && !program.hasEnded()) {
      if (waiting.length > 0 || !discord.sessions().length) {
        await wait(20)
        continue
      }
      sent += 1
      underWay += 1
      if (random() < 1 / betweenFaults) disturb()
      await one()
      underWay -= 1
      const [fault] = underWay === 0 ? waiting : []
      if (fault) {
        discord.faults.clear()
        fault.begin(discord.faults, random)
        await wait(500)
        await discord.whenOnline(patience)
        waiting.length = 0
      }
      if (done >= ((measured.length + 1) * count) / points) await measure()
    }
  }

  let measuring = false
  async function measure(): Promise<void> {
    if (measuring) return
    measuring = true
    const point = { ...(await program.heap()), done, seconds: (performance.now() - started) / 1000 }
    measured.push(point)
    measuring = false
    const { heapUsed, rss, seconds } = point
    console.log(
      `${String(done).padStart(8)} interactions  ${seconds.toFixed(0).padStart(5)} s  heap ${mega(heapUsed)} MB  rss ${mega(rss)} MB`,
    )
  }

  await Promise.all(Array.from({ length: width }, worker))
  discord.faults.clear()

  console.log('\nwhat became of them')
  for (const [kind, times] of [...tally].sort((a, b) => b[1] - a[1])) {
    console.log(`${String(times).padStart(8)}  ${kind}`)
  }
  console.log('\nfaults')
  for (const [name, times] of [...faults].sort((a, b) => b[1] - a[1])) {
    console.log(`${String(times).padStart(8)}  ${name}`)
  }
  console.log(`\nworst acknowledgement ${worst.toFixed(0)} ms`)
  for (const line of strange) console.log(line)
  for (const line of program.troubles) console.log(line)

  const growth = slope(measured)
  const first = measured[0]?.heapUsed ?? Number.NaN
  if (measured.length >= 3) {
    console.log(
      `heap after collection grows by ${(growth / 1000).toFixed(1)} kB in 1,000 interactions, ${mega(growth * (done / 1000))} MB over the run`,
    )
  }
  const grows = measured.length >= points && growth * (done / 1000) > first / 10
  const wrongs = [...wrong].reduce((sum, kind) => sum + (tally.get(kind) ?? 0), 0)
  if (program.hasEnded()) console.log('the program ended by itself')
  if (done < count) console.log(`the time was up after ${done} of ${count}`)
  console.log(wrongs > 0 || grows || program.hasEnded() ? 'FAILED' : 'passed')
  return wrongs > 0 || grows || program.hasEnded()
}

const wrong: ReadonlySet<string> = new Set([
  'answered twice',
  'neither answered nor reported',
  'answered (lost)',
  'answered (late)',
  'answered (not in the log)',
])

/** What became of an interaction, as the member sees it and as the log tells it. */
function verdict(record: Interaction, outcome: string | undefined): string {
  const taken = record.payloads.filter(({ status }) => status < 300)
  const isDeferral = (body: unknown) => [5, 6].includes((body as { type?: number }).type ?? 0)
  const shown = taken.filter(({ method, path, body }) =>
    path.endsWith('/callback') ? !isDeferral(body) : method === 'POST',
  )
  if (shown.length > 1 || record.messages.length > 1) return 'answered twice'
  if (record.state === 'done') return `answered (${outcome ?? 'not in the log'})`
  if (outcome === undefined) return 'neither answered nor reported'
  return outcome === 'answered' || outcome === 'refused' || outcome === 'mistake'
    ? 'neither answered nor reported'
    : `reported as ${outcome}`
}

/** Actions of members as they come: most ask, some type, look around or press a button. */
function openActions(discord: Loopback, articles: readonly Article[], random: () => number) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const passages = articles.flatMap(({ sections }) => sections.flatMap((one) => one.passages))
  const hints = passages.flatMap((passage) => passage.hints)
  const words = [...new Set(passages.flatMap(({ text }) => text.match(/\p{L}{4,}/gu) ?? []))]
  const some = (count: number) => Array.from({ length: count }, () => pick(words)).join(' ')
  const { channels, servers } = discord.world
  const rooms = channels.flatMap((channel) => {
    if (channel.kind !== 'text') return []
    const server = servers.find(({ id }) => id === channel.server)
    return server?.hasBot ? server.members.map((member) => ({ channel: channel.id, member })) : []
  })
  const press = (where: (typeof rooms)[number]): Action | undefined => {
    const message = discord
      .messages(where.channel, where.member)
      .slice(-20)
      .at(Math.floor(random() * 20))
    const buttons = everyComponent((message?.message.components ?? []) as never[], []).flatMap(
      ({ component }) =>
        component.type === 2 &&
        component.custom_id &&
        !('disabled' in component && component.disabled)
          ? [component.custom_id]
          : [],
    )
    if (!message || buttons.length === 0) return undefined
    return {
      kind: 'press',
      member: where.member,
      message: message.message.id,
      customId: pick(buttons),
    }
  }
  return (): Action => {
    const where = pick(rooms)
    const command = (name: string, options: Record<string, string> = {}): Action => ({
      kind: 'command',
      ...where,
      command: name,
      options,
    })
    const dice = random()
    if (dice < 0.3) return command('ask', { question: hints.length > 0 ? pick(hints) : some(6) })
    if (dice < 0.45) return command('ask', { question: `${some(5)}?` })
    if (dice < 0.6) {
      return {
        kind: 'autocomplete',
        ...where,
        command: 'ask',
        options: { question: pick(hints.length > 0 ? hints : words).slice(0, 12) },
        focused: 'question',
      }
    }
    if (dice < 0.7) return command('search', { words: some(2) })
    if (dice < 0.75) return command('passage', { id: pick(passages).id })
    if (dice < 0.8) return command('verify-quote', { quote: pick(passages).text.slice(0, 200) })
    if (dice < 0.83) return command('read', { article: pick(articles).id })
    if (dice < 0.85) return command('sources')
    if (dice < 0.87) return command('help')
    return press(where) ?? command('why-hanoi-failed')
  }
}

/** By least squares: bytes of heap in 1,000 interactions. */
function slope(measured: readonly Point[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const x = measured.map(({ done }) => done / 1000)
  const y = measured.map(({ heapUsed }) => heapUsed)
  const [meanX, meanY] = [mean(x), mean(y)]
  const over = x.reduce((sum, value, index) => sum + (value - meanX) * ((y[index] ?? 0) - meanY), 0)
  return over / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0)
}

const mega = (bytes: number) => (bytes / 1e6).toFixed(1)

await runProgram(main)
