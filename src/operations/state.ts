/** `starting` until the commands are registered; `reconnecting` while the gateway is out of reach. */
export const states = ['starting', 'ready', 'reconnecting', 'stopping'] as const

export type State = (typeof states)[number]
