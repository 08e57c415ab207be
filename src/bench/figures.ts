import { z } from 'zod'

const count = z.number().int().nonnegative()
const measure = z.number().nonnegative()

/** What one engine took and found with so many passages, in a process of its own. */
const engineFigures = z.object({
  engine: z.string(),
  passages: count,
  /** Seconds from the passages in memory to an index that can be asked. */
  buildSeconds: measure,
  /** Processor seconds of that, of all threads: what a machine that others use as well does not lengthen. */
  buildProcessorSeconds: measure,
  /** Seconds from the start of the process to the first answer, without making the passages. */
  firstAnswerSeconds: measure,
  /** What the engine holds for each passage: heap and external memory after collection, less what was there before. */
  bytesAPassage: z.number(),
  /** The most memory that the whole process had at any time, the passages and garbage included. */
  peakMegabytes: measure,
  /** Questions asked; fewer than wanted where the time was over. */
  questions: count,
  /** Share of them whose gold passage comes first; null without questions. */
  'hit@1': z.number().min(0).max(1).nullable(),
  msMedian: measure,
  /** Processor time of the median question, of all threads. */
  processorMsMedian: measure,
  msP99: measure,
  /** Milliseconds for a question of the ten commonest longer words; null where the time was over. */
  msCommon: measure.nullable(),
  /** Milliseconds for a message of 4,000 characters; null where the time was over. */
  msLong: measure.nullable(),
})

/** An engine that did not come to an end: "too slow", "out of memory" or how it failed. */
const notMeasured = z.object({ engine: z.string(), passages: count, reason: z.string() })

/** Interactions through a Discord on this machine, so many at a time. */
const loadFigures = z.object({
  load: z.string(),
  inFlight: count,
  interactions: count,
  perSecond: measure,
  /** Milliseconds from sending an interaction to its acknowledgement. */
  acknowledged: z.object({ median: measure, p99: measure, worst: measure }),
  /** Milliseconds from sending an interaction to its answer. */
  answered: z.object({ median: measure, p99: measure, worst: measure }),
  /** Interactions that were not acknowledged within three seconds. */
  failed: count,
})

/** A new process that opens a library of stored texts. */
const openingFigures = z.object({
  /** Whether the words of the texts were on disk from an earlier opening. */
  opening: z.enum(['first', 'again']),
  passages: count,
  texts: count,
  /** Seconds from the start of the process until the library can be asked. */
  readySeconds: measure,
  processorSeconds: measure,
  /** Seconds from the start of the process to the first answer. */
  firstAnswerSeconds: measure,
  peakMegabytes: measure,
  /** What is on disk for it afterwards, beside the database. */
  megabytesOnDisk: measure,
  /** Questions of which the first passage is the same as at the first opening, of those asked. */
  same: count,
  questions: count,
})

/** All that a run measured, as `--json` prints it. */
export const benchSchema = z.object({
  machine: z.object({ node: z.string(), processor: z.string(), cores: count, gigabytes: measure }),
  set: z.string().nullable(),
  engines: z.array(z.union([engineFigures, notMeasured])).readonly(),
  openings: z.array(openingFigures).readonly().default([]),
  endToEnd: z.array(loadFigures).readonly(),
})

export type EngineFigures = z.infer<typeof engineFigures>
export type NotMeasured = z.infer<typeof notMeasured>
export type OpeningFigures = z.infer<typeof openingFigures>
export type LoadFigures = z.infer<typeof loadFigures>
export type Bench = z.infer<typeof benchSchema>
