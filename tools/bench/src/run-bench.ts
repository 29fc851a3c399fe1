import type { Figure, Measure } from './bench.ts'
import { asRow, headings } from './bench.ts'
import { activities } from './figures/activities.ts'
import { articles } from './figures/articles.ts'
import { attack } from './figures/attack.ts'
import { calendar } from './figures/calendar.ts'
import { chat, chatPlaces, chatSubscribers } from './figures/chat.ts'
import { chatReplay } from './figures/chat-replay.ts'
import { classify } from './figures/classify.ts'
import { clockBridge, clockEmbedded, clockMany, clockMemory, clockTemporal } from './figures/clocks.ts'
import { addedReadModels, cost } from './figures/cost.ts'
import { customerSearch } from './figures/customer-search.ts'
import { ephemeral } from './figures/ephemeral.ts'
import { files } from './figures/files.ts'
import { graphql, growth, reads } from './figures/graphql.ts'
import { handOver } from './figures/hand-over.ts'
import { routing } from './figures/routing.ts'
import { configurationChange, slaDashboard } from './figures/sla-dashboard.ts'
import { append, commands, importLog, rebuild } from './figures/store.ts'
import { subscriptions } from './figures/subscriptions.ts'
import { prepareGround } from './ground.ts'

/** The measurements, by name. */
const measures: Readonly<Record<string, Measure>> = {
  append,
  commands,
  growth,
  rebuild,
  reads,
  graphql,
  subscriptions,
  'chat-talks': chat,
  'chat-subscribers': chatSubscribers,
  'chat-places': chatPlaces,
  'chat-replay': chatReplay,
  ephemeral,
  cost,
  'added-read-models': addedReadModels,
  import: importLog,
  routing,
  'hand-over': handOver,
  calendar,
  classify,
  'customer-search': customerSearch,
  articles,
  'sla-dashboard': slaDashboard,
  'configuration-change': configurationChange,
  activities,
  'clock-embedded': clockEmbedded,
  'clock-temporal': clockTemporal,
  'clock-bridge': clockBridge,
  'clock-memory': clockMemory,
  'clock-many': clockMany,
  attack,
  files,
}

/** The names that `npm run bench -- <name>` takes: of a measurement, or a common prefix of several. */
export const benchNames: readonly string[] = [...Object.keys(measures), 'clock', 'chat']

type BenchOptions = {
  /** Some of `benchNames`; all measurements by default. */
  readonly names?: readonly string[] | undefined
  /** Takes a tenth of the time, for orders of magnitude. */
  readonly quick?: boolean | undefined
  /** The number of clocks of `clock-many`; 5,000 by default. */
  readonly clocks?: number | undefined
  /** The number of articles of `articles`; 20,000 by default, 500 if quick. */
  readonly articles?: number | undefined
  /** How long each contender of a rate works in a round, in milliseconds; 2,000 by default, 500 if quick. */
  readonly roundMs?: number | undefined
  /** Prints one line of JSON per figure instead of a table. */
  readonly json?: boolean | undefined
  /** Called with each line as soon as it is measured. */
  readonly print: (line: string) => void
}

/**
 * Measures Guichet, its peer and the limit of the database in one run, on one embedded Postgres.
 * @returns the figures, in the order they were printed.
 * @throws RangeError for a name that is none of `benchNames`.
 */
export async function runBench({
  names = [],
  quick = false,
  clocks,
  articles: articlesInAll,
  roundMs = quick ? 500 : 2_000,
  json = false,
  print,
}: BenchOptions): Promise<readonly Figure[]> {
  const chosen = Object.entries(measures)
    .filter(([each]) => names.length === 0 || names.some((name) => each === name || each.startsWith(`${name}-`)))
    .map(([, measure]) => measure)
  const effort = { seconds: roundMs / 1_000, rounds: quick ? 2 : 5 }
  const figures: Figure[] = []
  if (chosen.length === 0) throw new RangeError(`no bench ${names.join(', ')}; there are ${benchNames.join(', ')}`)
  const ground = await prepareGround()
  try {
    if (!json) print(headings)
    for (const measure of chosen) {
      for (const measured of await measure({ ground, quick, effort, clocks, articles: articlesInAll })) {
        figures.push(measured)
        print(json ? JSON.stringify(measured) : asRow(measured))
      }
    }
  } finally {
    await ground.stop()
  }
  return figures
}
