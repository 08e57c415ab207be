/** How an interaction ended. */
export const outcomes = [
  'answered',
  /** The texts have no answer, and that was said. */
  'refused',
  /** The member was told what to do differently. */
  'mistake',
  /** The member was told to wait. */
  'limited',
  /** Something went wrong, and the member was told so. */
  'failed',
  /** Discord took no answer any more. */
  'late',
  /** Neither the answer nor an apology arrived. */
  'lost',
  /** It was sent, but the way back was cut: nobody knows whether it arrived. */
  'unconfirmed',
] as const

export type Outcome = (typeof outcomes)[number]

export type Kind = 'command' | 'autocomplete' | 'press' | 'form' | 'mention'

/** What became of one interaction. */
export type Ending = {
  readonly kind: Kind
  /** The name of one of the bot's commands, or `unknown`. */
  readonly command: string
  readonly outcome: Outcome
  /** From its arrival to the end of the work on it. */
  readonly seconds: number
  /** From its arrival to the first response that Discord took; absent if it took none. */
  readonly acknowledgedAfter?: number
}
