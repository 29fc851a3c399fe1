import type { Desk, EventStore, LanguageDetector } from '@guichet/domain'
import type { Files } from '@guichet/files'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import { projectionsBehind } from '@guichet/projections'
import type {
  ClassificationEngine,
  Connections,
  DeliveryEngine,
  Proactive,
  Push,
  Reactions,
  Readership,
  TranslationOptions,
  Translations,
} from '@guichet/workflows'
import { languageDetector, openReadership, openTranslations, personIdsAt, reactions } from '@guichet/workflows'
import type { Clock, OpenClock } from './adapters.ts'
import { openDelivery, openDeskClassification, openDeskFiles, openDeskProactive, openPush } from './adapters.ts'
import type { Extensions } from './extensions.ts'
import { patienceMs, reactionsOf } from './reactions.ts'
import type { Startup } from './startup.ts'
import type { Pools } from './storage.ts'

type Sources = {
  readonly desk: Desk
  readonly store: EventStore
  readonly pools: Pools
  /** Who is connected. */
  readonly connections: Connections
  readonly extensions: Extensions
  readonly openClock: OpenClock
  readonly models: ReadModels
  /** The read models, once the engine follows the history. */
  readonly reading: () => { readonly runner: ProjectionRunner; readonly readModels: ReadModels }
}

/** What acts as time passes and as events happen, and has effects outside. */
type Workflows = {
  readonly clock: Clock
  readonly classification: ClassificationEngine
  readonly proactive: Proactive
  readonly files: Files
  readonly push: Push | undefined
  readonly readership: Readership
  readonly languages: LanguageDetector
  readonly translations: Translations
  readonly reacting: Reactions
  readonly delivery: DeliveryEngine
}

/** Opens the deadlines, the classification, the files, the reactions and the delivery. None of them runs yet. */
export async function openWorkflows(
  { environment, hold, patiently, say, onError, health }: Startup,
  { desk, store, pools, connections, extensions, openClock, models, reading }: Sources,
): Promise<Workflows> {
  const { connectionString, pool, following } = pools
  const shared = { connectionString, pool: following }
  const parts = { desk, ...shared, onError, log: say, health }
  const clock = hold(await patiently(() => openClock(parts)), (each) => each.stop())
  const classified = { desk, ...shared, onError, warn: (line: string) => say('warn', line) }
  const classification = hold(await patiently(() => openDeskClassification(classified, environment)), (each) =>
    each.stop(),
  )
  const files = hold(await patiently(() => openDeskFiles({ connectionString, onError }, environment)), (each) =>
    each.close(),
  )
  const push = openPush(pool, environment)
  const personIds = personIdsAt({
    reached: (position) => reading().runner.reached(position, patienceMs, projectionsBehind.customers),
    withMerged: (id) => models.customers.withMerged(id),
  })
  const analysed = { desk, pool, analysisPool: following, models, reading, personIds, onError, health }
  const proactive = hold(await patiently(() => openDeskProactive(analysed, environment)), (each) => each.stop())
  const readership = hold(await patiently(() => openReadership({ pool, now: desk.now, onError })), (each) =>
    each.stop(),
  )
  const languages = hold(languageDetector(), (each) => each.stop())
  const translations = hold(
    await patiently(() =>
      openTranslations({
        ...(environment.translation ?? noTranslators),
        pool,
        detector: languages,
        now: desk.now,
        onError,
      }),
    ),
    (each) => each.stop(),
  )
  const allReactions = reactionsOf({
    desk,
    pool,
    environment,
    classification,
    files,
    proactive,
    push,
    readership,
    languages,
    translations,
    connections,
    personIds,
    reading,
    extensions,
  })
  const reacting = hold(
    await patiently(() => reactions({ desk, ...shared, reactions: allReactions, onError, health })),
    (each) => each.stop(),
  )
  await patiently(() => desk.terms())
  const delivery = hold(
    await patiently(() => openDelivery({ ...parts, store, reading, push, connections }, environment)),
    (each) => each.stop(),
  )
  return { clock, classification, proactive, files, push, readership, languages, translations, reacting, delivery }
}

/** What was translated before is removed with its text, even where no service is configured any more. */
const noTranslators: TranslationOptions = { services: [], pairs: [] }
