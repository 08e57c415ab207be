import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { watch } from 'chokidar'
import type { Knowledge } from './article.ts'
import { readKnowledge } from './read.ts'

/** Changes that come this close together are one change. */
const QUIET_MS = 200

/** A file counts as written when its size has stood still for this long. */
const SETTLED_MS = 200

/**
 * Calls `changed` after files in a folder were added, changed or removed, once they are written
 * whole: well within two seconds, and never again before the call before it has ended.
 * Folders in the folder are not watched. Resolves once the watching has begun.
 * @param failed gets what `changed` throws and what the system reports
 * @returns closes the watching, and resolves after the last call of `changed` has ended
 */
export async function watchFolder(
  dir: string,
  changed: () => void | Promise<void>,
  failed: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const root = resolve(dir)
  let closed = false
  let quiet: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let again = false

  const run = async () => {
    do {
      again = false
      try {
        await changed()
      } catch (error) {
        failed(error)
      }
      if (!existsSync(root)) await untilBack()
    } while (again && !closed)
  }
  const stir = () => {
    clearTimeout(quiet)
    quiet = setTimeout(() => {
      again = true
      running ??= run().finally(() => {
        running = undefined
      })
    }, QUIET_MS)
  }
  // The system forgets a folder that is taken away: one that takes its place is watched anew.
  const untilBack = async () => {
    await watcher.close()
    while (!closed && !existsSync(root)) await wait(QUIET_MS, undefined, { ref: false })
    if (closed) return
    watcher = await open(root, stir, failed)
    again = true
  }
  let watcher = await open(root, stir, failed)

  return async () => {
    closed = true
    clearTimeout(quiet)
    await running
    await watcher.close()
  }
}

/** Watches the files of a folder; resolves once no change can be missed. */
async function open(root: string, stir: () => void, failed: (error: unknown) => void) {
  const watcher = watch(root, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => path !== root && basename(path).startsWith('.'),
    awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: 50 },
  })
  watcher.on('all', stir).on('error', failed)
  await new Promise<void>((ready) => watcher.once('ready', () => ready()))
  return watcher
}

/**
 * Keeps knowledge up to date with its folder: each change of a file gives the whole knowledge anew.
 * A folder with a mistake in it calls `failed` with the OperatorError, and what `changed` got last
 * stays in force.
 * @returns closes the watching
 */
export function watchKnowledge(
  dir: string,
  on: { changed(knowledge: Knowledge): void | Promise<void>; failed(error: unknown): void },
): Promise<() => Promise<void>> {
  return watchFolder(dir, async () => on.changed(await readKnowledge(dir)), on.failed)
}
