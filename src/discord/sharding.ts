import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { REST, type Shard, ShardingManager } from 'discord.js'
import { type RESTGetAPIGatewayBotResult, Routes } from 'discord-api-types/v10'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { finishWhenTold, finishWord } from '../operations/finish.ts'
import { badConfiguration, OperatorError } from '../problem.ts'
import { explained } from './explained.ts'

/** The shards of one process, and how many there are in all. */
export type Shards = { readonly ids: readonly number[]; readonly of: number }

/** Milliseconds after which the next shard may identify: https://discord.com/developers/docs/events/gateway#rate-limiting */
const identifyEvery = 5_500
/** Milliseconds in which a process has read its texts and is ready, but for the wait to identify. */
const readyWithin = 60_000
/** Milliseconds before a process that has ended is started again; doubled each time, up to the most. */
const firstPause = 1_000
const longestPause = 60_000
/** Milliseconds that the processes are given at the end: each takes ten seconds at most. */
const patience = 12_000

const shardEnvironment = z.object({
  SHARDS: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(z.int().min(0)).min(1)),
  SHARD_COUNT: z.coerce.number().int().min(1),
})

/** Which shards this process has, if it was started as one of several. */
export function ownShards(env: Readonly<Record<string, string | undefined>>): Shards | undefined {
  if (!env.SHARDING_MANAGER) return undefined
  const { SHARDS, SHARD_COUNT } = shardEnvironment.parse(env)
  return { ids: SHARDS, of: SHARD_COUNT }
}

/** Whether a server is in one of these shards: https://discord.com/developers/docs/events/gateway#sharding-sharding-formula */
export function hasServer({ ids, of }: Shards, server: string): boolean {
  return ids.includes(Number((BigInt(server) >> 22n) % BigInt(of)))
}

/** `of` shards in as many processes as there are processors, each with neighbouring ones. */
export function groupsOf(of: number, processors: number): readonly (readonly number[])[] {
  const count = Math.min(of, processors)
  return Array.from({ length: count }, (_, group) =>
    Array.from({ length: of }, (_, shard) => shard).filter(
      (shard) => Math.floor((shard * count) / of) === group,
    ),
  )
}

/**
 * Runs the bot in several processes, each with its shards, until it is told to end. A process that
 * ends by itself is started again.
 * @param program what each process runs
 */
export async function superviseShards(
  config: Pick<Config, 'token' | 'guildId' | 'discordApi' | 'metrics' | 'shards'>,
  log: Log,
  program: string,
): Promise<void> {
  const { token = '' } = config
  const rest = new REST({ api: config.discordApi }).setToken(token)
  const { shards: recommended, session_start_limit: limit } = (await rest
    .get(Routes.gatewayBot())
    .catch((error) => Promise.reject(explained(error, config)))) as RESTGetAPIGatewayBotResult
  const of = typeof config.shards === 'number' ? config.shards : recommended
  const groups = groupsOf(of, availableParallelism())
  // As many shards as that may identify at once; a few more, and they wait for each other.
  const pause = of <= limit.max_concurrency ? 0 : identifyEvery
  log.info({ shards: of, recommended, processes: groups.length }, 'starting shards')

  const manager = new ShardingManager(program, {
    mode: 'process',
    token,
    totalShards: groups.length,
    // Done below, with a pause: an identify too often, and Discord resets the token.
    respawn: false,
    execArgv: process.execArgv,
  })
  let ending = false
  const end = finishWhenTold(
    log,
    async () => {
      ending = true
      await Promise.all(manager.shards.map(finished))
    },
    patience,
  )

  for (const [index, ids] of groups.entries()) {
    if (ending) return
    const shard = manager.createShard(index)
    Object.assign(shard.env as object, {
      // What discord.js's own client reads, here for a group.
      SHARDS: JSON.stringify(ids),
      SHARD_COUNT: String(of),
      ...(config.metrics && { METRICS_PORT: String(config.metrics.port + index) }),
    })
    const within = readyWithin + ids.length * identifyEvery
    const start = () => {
      if (ending) return undefined
      return shard
        .spawn(within)
        .catch((error) => log.warn({ err: error, shards: ids }, 'these shards are not ready'))
    }
    keepAlive(shard, {
      ended({ exitCode, signalCode }, again) {
        if (ending) return
        if (exitCode === badConfiguration) {
          return end(new OperatorError('The shards cannot be started, for the reason above.'))
        }
        log.error({ shards: ids, exitCode, signalCode, again }, 'a process has ended by itself')
        setTimeout(start, again)
      },
      started: ({ pid }) => log.info({ shards: ids, pid }, 'a process has been started'),
    })
    await start()
    if (index < groups.length - 1) await wait(pause)
  }
}

/** Tells of the process of a shard, and after which pause it should be started again. */
function keepAlive(
  shard: Shard,
  told: {
    ended(process: ChildProcess, again: number): void
    started(process: ChildProcess): void
  },
): void {
  let pause = firstPause
  let since = 0
  shard.on('spawn', (process) => {
    since = performance.now()
    told.started(process as ChildProcess)
  })
  shard.on('death', (process) => {
    if (performance.now() - since > longestPause) pause = firstPause
    told.ended(process as ChildProcess, pause)
    pause = Math.min(pause * 2, longestPause)
  })
}

/** Tells the process of a shard to finish, and waits until it has. */
async function finished(shard: Shard): Promise<void> {
  const { process } = shard
  if (!process || process.exitCode !== null || process.signalCode !== null) return
  const over = once(process, 'exit')
  await shard.send(finishWord).catch(() => process.kill())
  await over
}
