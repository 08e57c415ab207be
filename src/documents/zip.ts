import { unzipSync } from 'fflate'
import { MemberError } from '../problem.ts'

/** A Word file has a few dozen entries, a book with pictures some hundreds. */
const MOST_ENTRIES = 10_000

/** The names of a ZIP archive's entries; nothing is unpacked. */
export function entryNames(bytes: Uint8Array, name: string): string[] {
  const names: string[] = []
  open(bytes, name, (entry) => {
    names.push(entry)
    return false
  })
  return names
}

/**
 * Unpacks the entries that hold text. Each is unpacked into as much room as the archive declares for
 * it and no more, so the sum of the declared sizes bounds the memory.
 * @throws MemberError where the archive is damaged or unpacks to more than `limit` bytes
 */
export function unzipText(
  bytes: Uint8Array,
  name: string,
  limit: number,
): Map<string, Uint8Array<ArrayBuffer>> {
  let total = 0
  const entries = open(bytes, name, (entry, size) => {
    const wanted = /\.(?:xml|rels|opf|ncx|x?html?)$/i.test(entry) || entry === 'mimetype'
    if (!wanted) return false
    total += size
    if (total > limit)
      throw new MemberError(
        `${name} unpacks to more than ${Math.round(limit / 1e6)} MB: upload a smaller document.`,
      )
    return true
  })
  return new Map(Object.entries(entries))
}

function open(
  bytes: Uint8Array,
  name: string,
  wanted: (entry: string, size: number) => boolean,
): Record<string, Uint8Array<ArrayBuffer>> {
  let count = 0
  try {
    return unzipSync(bytes, {
      filter: (entry) => {
        count += 1
        if (count > MOST_ENTRIES)
          throw new MemberError(`${name} holds more than 10,000 files: upload a smaller document.`)
        return wanted(entry.name, entry.originalSize)
      },
    }) as Record<string, Uint8Array<ArrayBuffer>>
  } catch (cause) {
    if (cause instanceof MemberError) throw cause
    throw new MemberError(`${name} is damaged or cut off: upload it again.`, { cause })
  }
}
