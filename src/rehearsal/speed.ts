import { performance } from 'node:perf_hooks'
import { Client, Events, GatewayIntentBits } from 'discord.js'
import { startLoopback } from './loopback.ts'

/**
 * Measures the loopback Discord itself, with a bare discord.js client that answers at once in the
 * same process: `npm run build && node dist/src/rehearsal/speed.js`.
 */
const loopback = await startLoopback()
const client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api: loopback.api } })
await client.login(loopback.token)
await loopback.whenOnline()
await client.application?.commands.set([{ name: 'ping', description: 'Answers at once' }])
client.on(Events.InteractionCreate, (interaction) => {
  if (interaction.isChatInputCommand()) return interaction.reply('pong')
})

const member = loopback.world.members[0]?.id ?? ''
const channel = loopback.world.channels[0]?.id ?? ''
const ping = () => loopback.act({ kind: 'command', member, channel, command: 'ping' }).settled()

/** Milliseconds that each of `count` replies took, `width` under way at a time. */
async function run(count: number, width: number): Promise<{ each: number[]; all: number }> {
  const each: number[] = []
  let left = count
  const start = performance.now()
  async function worker() {
    while (left > 0) {
      left -= 1
      each.push((await ping()).acknowledgedAfter ?? Number.NaN)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return { each: each.sort((one, other) => one - other), all: performance.now() - start }
}

await run(500, 16)
const alone = await run(1000, 1)
const together = await run(5000, 64)
const rank = (values: readonly number[], share: number) =>
  (values[Math.floor(share * (values.length - 1))] ?? Number.NaN).toFixed(2)
console.log(
  `one at a time: median ${rank(alone.each, 0.5)} ms, 99th percentile ${rank(alone.each, 0.99)} ms`,
)
console.log(
  `64 at a time: ${Math.round((5000 / together.all) * 1000)} replies a second, 99th percentile ${rank(together.each, 0.99)} ms`,
)
await client.destroy()
await loopback.close()
