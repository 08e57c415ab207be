import { setImmediate } from 'node:timers/promises'

/** Work cut into steps: it may rest at each `yield`. */
export type Steps<T> = Generator<void, T>

/** Milliseconds of work at a time: others then wait no longer than for one quick answer. */
const SLICE = 8

/** Does all of the work now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** Does the work in slices; between them timers and sockets have their turn. */
export async function inSlices<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const end = performance.now() + SLICE
    do {
      const { done, value } = steps.next()
      if (done) return value
    } while (performance.now() < end)
    await setImmediate()
  }
}
