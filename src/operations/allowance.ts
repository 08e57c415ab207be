import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Config } from '../config.ts'
import { MemberError } from '../problem.ts'

/** Who asks, and where. */
export type Asking = {
  readonly member: string
  readonly channel?: string | undefined
  readonly server?: string | undefined
}

/** How much may be asked of the bot within a minute. */
export type Allowance = {
  /**
   * Counts a command, a press or a form.
   * @throws TooMuch saying when to try again
   */
  ask(asking: Asking): Promise<void>
  /**
   * Counts a request for suggestions, of which typing makes many.
   * @throws TooMuch
   */
  type(asking: Asking): Promise<void>
}

export class TooMuch extends MemberError {
  /** The first time within the minute: where an answer is public, once is enough. */
  readonly first: boolean
  constructor(message: string, first: boolean) {
    super(message)
    this.first = first
  }
}

const WINDOW = 60
/** Suggestions for each command: a question of twenty words is typed in about as many. */
const SUGGESTIONS = 20

/**
 * Opens the count. It is kept in memory, each process for itself. What is refused for a member does
 * not count for the channel and the server, so that nobody uses up what others may ask.
 */
export function openAllowance(limits: Config['perMinute']): Allowance {
  const counter = (points: number) => new RateLimiterMemory({ points, duration: WINDOW })
  const member = counter(limits.member)
  const channel = counter(limits.channel)
  const server = counter(limits.server)
  const typing = counter(limits.member * SUGGESTIONS)

  async function take(from: RateLimiterMemory, key: string | undefined, who: string) {
    if (key === undefined) return
    try {
      await from.consume(key)
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      throw new TooMuch(
        `${who} asked me ${times(from.points)} within a minute, which is as much as I take. Please go on in ${wait(error.msBeforeNext)}.`,
        error.consumedPoints === from.points + 1,
      )
    }
  }

  return {
    async ask(asking) {
      await take(member, asking.member, 'You have')
      await take(channel, asking.channel, 'This channel has')
      await take(server, asking.server, 'This server has')
    },
    type: (asking) => take(typing, asking.member, 'You have'),
  }
}

function wait(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return seconds === 1 ? 'one second' : `${seconds} seconds`
}

const times = (count: number) => (count === 1 ? 'once' : `${count} times`)
