import type { Faults } from '../rehearsal/loopback.ts'

type Random = () => number

/** A fault of Discord or of the way to it; `quiet` ones are for when nothing is under way. */
export type Fault = {
  readonly name: string
  /** How often, compared with the others. */
  readonly weight: number
  /** The login that follows takes discord.js five seconds, and what happens meanwhile is lost on Discord's side. */
  readonly quiet?: boolean
  begin(faults: Faults, random: Random): void
}

const callback = /\/callback$/
const webhook = /^\/webhooks\//
const routes = [callback, webhook] as const

const rest = (status: 429 | 500 | 502 | 'reset' | 'unheard', weight: number): Fault => ({
  name: `REST ${status}`,
  weight,
  begin(faults, random) {
    faults.rest({
      path: random() < 0.7 ? routes[0] : routes[1],
      status,
      retryAfter: 0.05 + random() / 5,
      times: 1 + Math.floor(random() * 3),
    })
  },
})

const soakFaults: readonly Fault[] = [
  rest(429, 4),
  rest(500, 4),
  rest(502, 4),
  rest('reset', 4),
  rest('unheard', 4),
  {
    name: 'REST down for a while',
    weight: 0.2,
    begin(faults) {
      faults.rest({ path: callback, status: 502, times: 60 })
    },
  },
  {
    name: 'slow callbacks',
    weight: 0.2,
    begin(faults) {
      faults.slowCallbacks(3_200)
      setTimeout(() => faults.slowCallbacks(0), 100)
    },
  },
  { name: 'sent twice', weight: 4, begin: (faults) => faults.repeatDispatches(3) },
  { name: 'out of order', weight: 4, begin: (faults) => faults.swapDispatches(1) },
  { name: 'dropped', weight: 0.5, begin: (faults) => faults.dropConnections() },
  { name: 'cut in a dispatch', weight: 0.5, begin: (faults) => faults.cutAt('dispatch') },
  {
    name: 'dropped, and again before hello',
    weight: 0.25,
    begin(faults) {
      faults.cutAt('hello')
      faults.dropConnections()
    },
  },
  {
    name: 'dropped, and again at the resume',
    weight: 0.25,
    begin(faults) {
      faults.cutAt('resume')
      faults.dropConnections()
    },
  },
  { name: 'asked to reconnect', weight: 0.5, begin: (faults) => faults.askToReconnect() },
  {
    name: 'invalid session, resumable',
    weight: 0.3,
    begin: (faults) => faults.invalidateSessions(true),
  },
  {
    name: 'invalid session',
    weight: 0.04,
    quiet: true,
    begin: (faults) => faults.invalidateSessions(false),
  },
  {
    name: 'resume refused',
    weight: 0.04,
    quiet: true,
    begin(faults) {
      faults.refuseResumes(true)
      setTimeout(() => faults.refuseResumes(false), 3_000)
      faults.dropConnections()
    },
  },
]

/** One of the faults, by their weights. */
export function anyFault(random: Random): Fault {
  let left = random() * soakFaults.reduce((sum, { weight }) => sum + weight, 0)
  for (const fault of soakFaults) {
    left -= fault.weight
    if (left <= 0) return fault
  }
  return soakFaults[0] as Fault
}
