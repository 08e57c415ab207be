import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { longPdf } from '../../src/bench/long-pdf.ts'
import { type Interaction, type Loopback, startLoopback } from '../../src/rehearsal/loopback.ts'
import { onPostgres, postgresMissing } from '../store/postgres.ts'
import { built, freePorts, type Program, run } from './program.ts'
import {
  general,
  ines,
  jonas,
  jonasDm,
  mara,
  marasDm,
  only,
  plain,
  quotesOf,
  readings,
} from './stage.ts'

const missing = postgresMissing ?? (built ? undefined : 'The program is not built: skipped.')

type Balancer = { readonly url: string; readonly served: () => readonly number[] }

/**
 * Passes each request to the next of these ports; where that ends in one of the errors to be sent on,
 * to one after it.
 */
async function roundRobin(ports: readonly number[], sentOn: readonly string[]): Promise<Balancer> {
  const served = ports.map(() => 0)
  let turn = 0
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const first = turn++
    const pass = (attempt: number): void => {
      const index = (first + attempt) % ports.length
      const upstream = request(
        {
          host: '127.0.0.1',
          port: ports[index],
          path: incoming.url,
          method: incoming.method,
          headers: incoming.headers,
        },
        (response) => {
          served[index] = (served[index] ?? 0) + 1
          outgoing.writeHead(response.statusCode ?? 502, response.headers)
          response.on('error', () => outgoing.destroy())
          response.pipe(outgoing)
        },
      )
      upstream.on('error', (error: NodeJS.ErrnoException) => {
        if (sentOn.includes(error.code ?? '') && attempt + 1 < ports.length) pass(attempt + 1)
        else outgoing.destroy()
      })
      upstream.end(body)
    }
    pass(0)
  })
  const port = await listening(server)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${port}/interactions`, served: () => served }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const asker = { member: mara, channel: readings }

/** Whether a text has been added, or was found to be there. */
const isOver = (messages: Interaction['messages']) =>
  messages.some((shown) => /added|already/i.test(plain(shown)))

onPostgres(
  'three processes behind a balancer',
  (newDatabase) => {
    /** Where nothing was sent yet, a balancer may always ask another process. */
    async function fleet(sentOn: readonly string[] = ['ECONNREFUSED']) {
      const discord = await startLoopback()
      onTestFinished(() => discord.close())
      const ports = await freePorts(3)
      const databaseUrl = await newDatabase()
      const programs: Program[] = []
      for (const port of ports) {
        const program = await run({
          DISCORD_TOKEN: discord.token,
          DISCORD_API: discord.api,
          DATABASE_URL: databaseUrl,
          TRANSPORT: 'http',
          PUBLIC_KEY: discord.publicKey,
          HTTP_PORT: String(port),
          MEMBER_PER_MINUTE: '100000',
          CHANNEL_PER_MINUTE: '100000',
          SERVER_PER_MINUTE: '100000',
        })
        programs.push(program)
        await expect.poll(program.output, { timeout: 30_000 }).toContain('"msg":"ready"')
      }
      const balancer = await roundRobin(ports, sentOn)
      await discord.useEndpoint(balancer.url)
      return { discord, programs, balancer }
    }

    const why = 'Why did the Hanoi summit fail?'
    const ask = (discord: Loopback, question = why, { member, channel } = asker) =>
      discord.act({ kind: 'command', member, channel, command: 'ask', options: { question } })

    async function whereAreTheKettles(discord: Loopback, at: typeof asker): Promise<string> {
      const question = 'Where did Aldous Finch hide the copper kettles?'
      return quotesOf(only(await ask(discord, question, at).settled(20_000))).join()
    }

    const acknowledged = ({ payloads }: Interaction) =>
      payloads.some(({ method, status }) => method === 'HTTP' && status === 200)

    test('one is killed under load, and no interaction that was acknowledged is lost', async () => {
      const { discord, programs, balancer } = await fleet()
      const [first] = programs
      const asked: Interaction[] = []
      const total = 300
      let begun = 0
      const inFlight = 16
      let killedAt = 0
      await Promise.all(
        Array.from({ length: inFlight }, async () => {
          while (begun < total) {
            begun += 1
            const one = ask(discord)
            if (begun === 100) {
              killedAt = begun
              first?.child.kill('SIGKILL')
            }
            asked.push(await one.settled(60_000))
          }
        }),
      )
      expect(killedAt).toBe(100)
      expect((await first?.ended)?.[1]).toBe('SIGKILL')
      expect(asked).toHaveLength(total)
      const answered = asked.filter(({ state }) => state === 'done')
      for (const one of asked.filter(acknowledged)) expect(one.state).toBe('done')
      for (const one of answered) expect(quotesOf(only(one)).length).toBeGreaterThan(0)
      // Only what was on its way to the killed process has failed, before it was acknowledged.
      expect(total - answered.length).toBeLessThanOrEqual(inFlight)
      for (const count of balancer.served()) expect(count).toBeGreaterThan(10)
      console.info(
        `${answered.length} of ${total} answered; ${total - answered.length} never acknowledged; by process: ${balancer.served().join(', ')}`,
      )
    }, 120_000)

    test('one is told to end under load, and every question is answered', async () => {
      const { discord, programs } = await fleet(['ECONNREFUSED', 'ECONNRESET'])
      const [first] = programs
      const asked: Interaction[] = []
      await Promise.all(
        Array.from({ length: 16 }, async (_, worker) => {
          for (let nth = 0; nth < 20; nth++) {
            if (worker === 0 && nth === 7) first?.child.kill('SIGTERM')
            asked.push(await ask(discord).settled(60_000))
          }
        }),
      )
      expect(asked).toHaveLength(320)
      for (const one of asked) expect(quotesOf(only(one)).length).toBeGreaterThan(0)
      expect((await first?.ended)?.[0]).toBe(0)
    }, 120_000)

    test('a text that a killed process was reading is read by another one', async () => {
      const { discord, programs } = await fleet()
      const pdf = Buffer.from(
        await longPdf(['The keeper Aldous Finch hid seven copper kettles under the north stairs.']),
      )
      const places = [
        { member: ines, channel: general },
        { member: mara, channel: marasDm },
        { member: jonas, channel: jonasDm },
      ]
      const uploads = []
      for (const { member, channel } of places) {
        const form = await discord
          .act({ kind: 'command', member, channel, command: 'library add' })
          .settled()
        const file = { name: 'long.pdf', type: 'application/pdf', base64: pdf.toString('base64') }
        // Four requests for each: the next upload falls to another process.
        await ask(discord).settled()
        await ask(discord).settled()
        uploads.push(
          discord.act({ kind: 'submit', member, interaction: form.id, fields: { files: [file] } }),
        )
      }
      for (const one of uploads) expect((await one.acknowledged()).state).toBe('thinking')
      await wait(500)
      programs[0]?.child.kill('SIGKILL')
      await programs[0]?.ended
      for (const one of uploads) {
        const answer = await one.until(({ messages }) => isOver(messages), 100_000)
        expect(answer.messages).toHaveLength(1)
      }
      const others = programs.slice(1).flatMap((program) => program.lines())
      expect(others.some(({ msg }) => msg === 'taken over from a process that is gone')).toBe(true)
      for (const place of places) {
        await expect
          .poll(() => whereAreTheKettles(discord, place), { timeout: 20_000 })
          .toContain('copper kettles')
      }
    }, 240_000)

    test('what is added in one process is known to the others within a moment', async () => {
      const { discord } = await fleet()
      const form = await discord
        .act({ kind: 'command', member: ines, channel: general, command: 'library add-text' })
        .settled()
      const text =
        'The lighthouse keeper Aldous Finch hid seven copper kettles under the north stairs.'
      await discord
        .act({
          kind: 'submit',
          member: ines,
          interaction: form.id,
          fields: { title: 'Kettles', text },
        })
        .until(({ messages }) => isOver(messages), 15_000)
      // The next question of each process has it read the library anew: three in turn, and all know.
      const known = async () => {
        const answers = [1, 2, 3].map(() =>
          whereAreTheKettles(discord, { member: ines, channel: general }),
        )
        return (await Promise.all(answers)).every((quotes) =>
          quotes.includes('seven copper kettles'),
        )
      }
      await expect.poll(known, { timeout: 15_000 }).toBe(true)
    }, 60_000)
  },
  missing,
)
