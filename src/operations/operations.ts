import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Config } from '../config.ts'
import { OperatorError } from '../problem.ts'
import { type Metrics, openMetrics, type Sources } from './metrics.ts'
import type { State } from './state.ts'

/** The bot as its operator sees it from outside. */
export type Operations = {
  /** Where it is served, for example `http://127.0.0.1:9090`. */
  readonly address?: string
  /** What the bot is started with: the same sources, their questions measured. */
  watch<S extends Sources>(sources: S): S & { readonly metrics?: Metrics }
  /** From now on this is asked; before, the bot is `starting`. */
  follow(state: () => State): void
  close(): Promise<void>
}

/**
 * Serves `/healthz` (the process answers), `/readyz` (the bot does) and `/metrics`.
 * @param at where; nothing is served or measured without it
 * @throws OperatorError if the port cannot be had
 */
export async function openOperations(at: Config['metrics']): Promise<Operations> {
  if (!at) return { watch: (sources) => sources, follow: () => {}, close: async () => {} }
  let state: () => State = () => 'starting'
  const metrics = openMetrics(() => state())
  const app = new Hono()
  app.get('/healthz', (c) => c.text('ok\n'))
  app.get('/readyz', (c) => {
    const now = state()
    return c.text(`${now}\n`, now === 'ready' ? 200 : 503)
  })
  app.get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )
  const { server, port } = await listen(app, at)
  return {
    address: `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`,
    watch: (sources) => ({ ...metrics.watch(sources), metrics }),
    follow(next) {
      state = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(
  app: Hono,
  { host, port }: NonNullable<Config['metrics']>,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: host, port }, (bound) =>
      resolve({ server, port: bound.port }),
    ) as Server
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new OperatorError(
          `METRICS_PORT="${port}" cannot be opened on ${host} (${error.code}): choose another, or end what uses it.`,
        ),
      ),
    )
  })
}
