import { once } from 'node:events'
import { Client, type ClientOptions, Events, GatewayIntentBits, type Interaction } from 'discord.js'
import { onTestFinished } from 'vitest'
import { type Loopback, type LoopbackOptions, startLoopback } from '../../src/rehearsal/loopback.ts'

/** Ids of `readingGroup()`; `ines` manages both servers. */
export const mara = '1100000000000000011'
export const jonas = '1100000000000000012'
export const ines = '1100000000000000013'
export const group = '1100000000000000021'
export const evening = '1100000000000000022'
export const readings = '1100000000000000031'
export const general = '1100000000000000033'
export const elsewhere = '1100000000000000034'
export const marasDm = '1100000000000000035'
export const jonasDm = '1100000000000000036'
export const privateTalk = '1100000000000000038'

/** A loopback Discord that ends with the test. */
export async function discord(options: LoopbackOptions = {}): Promise<Loopback> {
  const loopback = await startLoopback(options)
  onTestFinished(() => loopback.close())
  return loopback
}

/** A bare discord.js client, logged in; it ends with the test. */
export async function login(
  loopback: Loopback,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds],
    ...options,
    rest: { retries: 1, ...options.rest, api: loopback.api },
  })
  onTestFinished(() => client.destroy())
  client.on(Events.Error, () => {})
  const ready = once(client, Events.ClientReady)
  await client.login(loopback.token)
  await ready
  return client as Client<true>
}

/** Registers `/ask question:` everywhere, and lets `answer` handle every interaction. */
export async function bot(
  loopback: Loopback,
  answer: (interaction: Interaction) => unknown,
): Promise<Client<true>> {
  const client = await login(loopback)
  await client.application.commands.set([
    {
      name: 'ask',
      description: 'Ask a question',
      integrationTypes: [0, 1],
      contexts: [0, 1, 2],
      options: [
        {
          type: 3,
          name: 'question',
          description: 'What is asked',
          required: true,
          autocomplete: true,
        },
      ],
    },
    { type: 3, name: 'Find sources', integrationTypes: [0, 1], contexts: [0, 1, 2] },
  ])
  client.on(Events.InteractionCreate, answer)
  return client
}

/** Mara asks with `/ask`. */
export function ask(loopback: Loopback, question = 'Why?', channel = readings) {
  return loopback.act({
    kind: 'command',
    member: mara,
    channel,
    command: 'ask',
    options: { question },
  })
}
