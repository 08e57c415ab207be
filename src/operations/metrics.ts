import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Libraries } from '../libraries/libraries.ts'
import type { Answer, Refusal } from '../search/answer.ts'
import type { Library } from '../search/library.ts'
import type { Ending } from './ending.ts'
import { type State, states } from './state.ts'

/** What is counted. No label holds an id or anything that somebody wrote. */
export type Metrics = {
  /** In the text format of Prometheus. */
  text(): Promise<string>
  readonly contentType: string
  ended(ending: Ending): void
  /** Discord has answered with 429. */
  rateLimited(scope: string): void
  /** The same libraries, their questions measured. */
  watch<S extends Sources>(sources: S): S
}

/** What questions are put to. */
export type Sources = {
  readonly library: (server?: string) => Library
  readonly libraries?: Libraries
}

/** @param state of the bot, asked at every reading */
export function openMetrics(state: () => State): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const interactions = new Counter({
    name: 'footnote_interactions_total',
    help: 'Interactions by what was called and how it ended',
    labelNames: ['kind', 'command', 'outcome'],
    registers,
  })
  const acknowledged = new Histogram({
    name: 'footnote_acknowledgement_seconds',
    help: 'From the arrival of an interaction to the first response that Discord took',
    labelNames: ['kind'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3],
    registers,
  })
  const duration = new Histogram({
    name: 'footnote_interaction_seconds',
    help: 'From the arrival of an interaction to the end of the work on it',
    labelNames: ['kind'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const searched = new Histogram({
    name: 'footnote_search_seconds',
    help: 'Searching a library for the answer to a question',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  })
  const confidence = new Histogram({
    name: 'footnote_confidence',
    help: 'Estimated probability that the first excerpt answers the question',
    labelNames: ['outcome'],
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    registers,
  })
  const refusals = new Counter({
    name: 'footnote_refusals_total',
    help: 'Questions to which the texts have no answer',
    registers,
  })
  const limited = new Counter({
    name: 'footnote_rest_rate_limited_total',
    help: "Requests that Discord's REST API has answered with 429",
    labelNames: ['scope'],
    registers,
  })

  new Gauge({
    name: 'footnote_gateway_state',
    help: 'One for the state that the bot is in, zero for the others',
    labelNames: ['state'],
    registers,
    collect() {
      const now = state()
      for (const one of states) this.set({ state: one }, one === now ? 1 : 0)
    },
  })

  function asked(outcome: Answer | Refusal, seconds: number): void {
    searched.observe(seconds)
    confidence.observe({ outcome: outcome.kind }, outcome.confidence)
    if (outcome.kind === 'refusal') refusals.inc()
  }

  const measured = new WeakMap<Library, Library>()
  /** One for each library, as what is derived from a library is kept by its identity. */
  function measuring(library: Library): Library {
    let made = measured.get(library)
    if (!made) {
      made = {
        ...library,
        ask(question, within) {
          const start = performance.now()
          const outcome = library.ask(question, within)
          asked(outcome, (performance.now() - start) / 1000)
          return outcome
        },
      }
      measured.set(library, made)
    }
    return made
  }

  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    ended({ kind, command, outcome, seconds, acknowledgedAfter }) {
      interactions.inc({ kind, command, outcome })
      duration.observe({ kind }, seconds)
      if (acknowledgedAfter !== undefined) acknowledged.observe({ kind }, acknowledgedAfter)
    },
    rateLimited(scope) {
      limited.inc({ scope: scope === 'global' || scope === 'shared' ? scope : 'user' })
    },
    watch(sources) {
      const { library, libraries } = sources
      openLibraryGauges(registry, sources)
      return {
        ...sources,
        library: (server?: string) => measuring(library(server)),
        ...(libraries && {
          libraries: {
            ...libraries,
            libraryFor(place: Parameters<Libraries['libraryFor']>[0]) {
              const found = libraries.libraryFor(place)
              return found instanceof Promise ? found.then(measuring) : measuring(found)
            },
          },
        }),
      }
    },
  }
}

function openLibraryGauges(registry: Registry, { library, libraries }: Sources): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  gauge(
    'footnote_articles',
    'Articles of the knowledge folder that are indexed',
    () => library().articles.size,
  )
  gauge(
    'footnote_passages',
    'Passages of the knowledge folder that are indexed',
    () => library().passages.size,
  )
  if (!libraries) return
  gauge(
    'footnote_libraries_loaded',
    'Libraries of servers and members that are in memory',
    () => libraries.loaded().libraries,
  )
  gauge(
    'footnote_libraries_bytes',
    'Estimated memory of the libraries of servers and members',
    () => libraries.loaded().bytes,
  )
}
