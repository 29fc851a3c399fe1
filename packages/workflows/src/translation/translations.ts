import type { Pool, PoolClient } from 'pg'
import type { Instant, LanguageDetector } from '@guichet/domain'
import { LruCache, SharedReads } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import { completionSchema, dailyBudget, removeOldShares } from '../completion/budget.ts'
import type { CircuitOptions } from '../completion/circuit.ts'
import { createCircuit } from '../completion/circuit.ts'
import type { OnError } from '../supervision.ts'
import { inTime, periodically } from '../supervision.ts'
import type { Asking, LimitedService, ServiceAnswer } from './ask-service.ts'
import { askService } from './ask-service.ts'
import type { LanguagePair, TranslatorOptions } from './libretranslate.ts'
import { defaultTimeoutMs, libreTranslate } from './libretranslate.ts'
import { createPairRefusals } from './pair-refusals.ts'
import type { MessageText, StoredAnswer, TranslationStore } from './translation-store.ts'
import { hashOfText, postgresTranslations } from './translation-store.ts'
import { translationSchema } from './translation-tables.ts'
import type {
  TranslatedMessage,
  Translation,
  TranslationFault,
  TranslationQuality,
  TranslationRequest,
  Translations,
} from './translation-port.ts'
import type { TranslatorPair } from './translator-order.ts'
import { askedInOrder, servicesFor } from './translator-order.ts'

/** The services that translate what people write. */
export type TranslationOptions = {
  /** In the order in which they are asked, until ratings say more. */
  readonly services: readonly TranslatorOptions[]
  /** Which of them have which pairs of languages: each has all pairs where this is empty. */
  readonly pairs: readonly TranslatorPair[]
  /** Whether internal notes are translated, and so sent to the services; false by default. */
  readonly notes?: boolean | undefined
  /**
   * How long a reader waits for all services together, in milliseconds: twice as long as for the slowest one by default, so that a
   * second one is asked when the first stalls.
   */
  readonly mostMs?: number | undefined
  /** When a service is paused. */
  readonly circuit?: CircuitOptions | undefined
}

type TranslationParts = TranslationOptions & {
  readonly pool: Pool
  readonly detector: LanguageDetector
  readonly now: () => Instant
  readonly onError: OnError
}

/** For how long a process takes what readers say of services as unchanged, in milliseconds; what it stores itself counts at once. */
const qualitiesMs = 60_000

/** For how many pairs of languages it has that in memory. */
const mostPairs = 1_000

/** How often old translations are removed, in milliseconds. */
const cleanEveryMs = 3_600_000

/** Opens the translations of a database; creates or migrates its tables first. */
export async function openTranslations({
  pool,
  services: options,
  pairs,
  notes = false,
  mostMs = 2 * Math.max(0, ...options.map(({ timeoutMs = defaultTimeoutMs }) => timeoutMs)),
  circuit,
  ...parts
}: TranslationParts): Promise<Translations & { stop(): Promise<void> }> {
  for (const part of [completionSchema, translationSchema]) await migrateSchema(pool, part)
  const store = postgresTranslations(pool)
  const asking: Means['asking'] = { ...parts, refusals: createPairRefusals() }
  const services = options.map((service): LimitedService => ({
    ...libreTranslate(service),
    budget: dailyBudget(pool, `translator ${service.name}`, service.budget),
    circuit: createCircuit(circuit),
  }))
  const servicesOf = (pair: LanguagePair): readonly LimitedService[] => servicesFor(services, pairs, pair)
  const isCurrent = ({ service, version }: { readonly service: string; readonly version: string }): boolean =>
    services.some((each) => each.name === service && each.version === version)
  const measured = new SharedReads<readonly TranslationQuality[]>({
    sharedMs: qualitiesMs,
    maxEntries: mostPairs,
    now: () => Date.parse(parts.now()),
  })
  const qualitiesOf = (pair: LanguagePair): Promise<readonly TranslationQuality[]> =>
    measured.get(nameOfPair(pair), () => store.qualities(pair))
  const recorded = new LruCache<string, true>({ maxEntries: 20_000 })
  const cleaning = periodically(
    cleanEveryMs,
    async () => {
      await store.removeOld()
      await removeOldShares(pool, parts.now())
    },
    (error) => asking.onError(error, 'removing old translations'),
  )
  return {
    serves: (from, to) => servicesOf(pairOf({ from, to })).length > 0,
    translatesNotes: notes,
    translate: async (requests) => {
      const translations = new Map<TranslationRequest, Translation>()
      await inTime(mostMs, forever, async (signal) => {
        for (const [pair, ofPair] of byPair(requests)) {
          const ofBoth = servicesOf(pair)
          if (ofBoth.length === 0) continue
          const services = ofBoth.length === 1 ? ofBoth : askedInOrder(ofBoth, await qualitiesOf(pair))
          const translated = await translateAll(ofPair, pair, { services, store, recorded, asking, signal })
          for (const [index, request] of ofPair.entries())
            translations.set(request, translated[index] ?? unserved(request))
        }
      })
      return requests.map((request) => translations.get(request) ?? unserved(request))
    },
    rate: async ({ to, ...rating }) => {
      const pair = await store.rate({ ...rating, to: primaryTag(to) })
      if (pair) measured.delete(nameOfPair(pair))
      return pair !== undefined
    },
    qualities: async () =>
      (await store.qualities())
        .filter(isCurrent)
        .toSorted(
          (one, other) =>
            one.from.localeCompare(other.from) ||
            one.to.localeCompare(other.to) ||
            other.right / other.rated - one.right / one.rated,
        ),
    forget: (message, left) => store.forget(message, left),
    erase: (customerIds) => store.erase(customerIds),
    eraseConversation: (stream) => store.eraseConversation(stream),
    stop: () => cleaning.stop(),
  }
}

const primaryTag = (language: string): string => (language.split('-')[0] ?? language).toLowerCase()

const pairOf = ({ from, to }: LanguagePair): LanguagePair => ({ from: primaryTag(from), to: primaryTag(to) })

const nameOfPair = ({ from, to }: LanguagePair): string => `${from} ${to}`

const forever = new AbortController().signal

const unserved = ({ text }: TranslationRequest): Translation => ({ text, by: undefined, fault: 'no_service' })

function byPair(
  requests: readonly TranslationRequest[],
): readonly (readonly [LanguagePair, readonly TranslationRequest[]])[] {
  const groups = new Map<string, readonly [LanguagePair, TranslationRequest[]]>()
  for (const request of requests) {
    const pair = pairOf(request)
    const key = nameOfPair(pair)
    const group = groups.get(key) ?? ([pair, []] as const)
    group[1].push(request)
    groups.set(key, group)
  }
  return [...groups.values()]
}

type Means = {
  readonly services: readonly LimitedService[]
  readonly store: TranslationStore
  /** The texts of messages that are recorded: a cached translation that is read again writes nothing. */
  readonly recorded: LruCache<string, true>
  readonly asking: Omit<Asking, 'isCurrent'>
  /** Aborts when the reader waits no longer. */
  readonly signal: AbortSignal
}

const nameOf = ({ stream, messageId, textHash }: MessageText): string => JSON.stringify([stream, messageId, textHash])

/** Translates texts of one pair: what one service has not translated is asked of the next one. */
async function translateAll(
  requests: readonly TranslationRequest[],
  pair: LanguagePair,
  { services, store, recorded, asking, signal }: Means,
): Promise<readonly Translation[]> {
  const texts = requests.map((request) => ({ ...request, textHash: hashOfText(request.text) }))
  const erasures = await store.erasures(texts.flatMap(({ of }) => of ?? []))
  const isCurrent = (client: PoolClient, messages: readonly TranslatedMessage[]): Promise<boolean> =>
    store.areCurrent(client, messages, erasures)
  const stored = await store.find([...new Set(texts.map(({ textHash }) => textHash))], pair)
  const best = new Map<string, StoredAnswer>()
  const faults = new Map<string, TranslationFault>()
  const made: StoredAnswer[] = []
  for (const service of services) {
    const pending = [...new Map(texts.map((each) => [each.textHash, each])).values()].filter(
      ({ textHash }) => !isWhole(best.get(textHash)),
    )
    const isOf = (answer: StoredAnswer): boolean =>
      answer.service === service.name && answer.version === service.version
    const cached = new Map(stored.filter(isOf).map((answer) => [answer.textHash, answer]))
    const unanswered = pending.filter(({ textHash }) => !cached.has(textHash))
    const answers = await askService(service, unanswered, pair, { ...asking, isCurrent }, signal)
    const fresh = unanswered.map(({ textHash }, index) => toStored(textHash, service, answers[index]))
    made.push(...fresh.filter(({ fault }) => fault === undefined || !passing.has(fault)))
    for (const answer of [...pending.flatMap(({ textHash }) => cached.get(textHash) ?? []), ...fresh]) {
      if (answer.fault !== undefined) faults.set(answer.textHash, faults.get(answer.textHash) ?? answer.fault)
      if (answer.text !== undefined && (isWhole(answer) || !best.has(answer.textHash)))
        best.set(answer.textHash, answer)
    }
  }
  const madeHashes = new Set(made.map(({ textHash }) => textHash))
  const messages = texts
    .flatMap(({ of, textHash }): readonly MessageText[] => (of ? [{ ...of, textHash }] : []))
    .filter((message) => madeHashes.has(message.textHash) || !recorded.has(nameOf(message)))
  try {
    await store.store(messages, pair, made, erasures)
    for (const message of messages) recorded.set(nameOf(message), true)
  } catch (error) {
    asking.onError(error, 'storing translations')
  }
  return texts.map(({ text, textHash }) => {
    const answer = best.get(textHash)
    if (answer?.text === undefined) return { text, by: undefined, fault: faults.get(textHash) ?? 'no_service' }
    const { service, version, fault } = answer
    return { text: answer.text, by: { service, version }, fault }
  })
}

const isWhole = (answer: StoredAnswer | undefined): boolean => answer?.text !== undefined && answer.fault === undefined

/** Faults that another attempt may not meet: they are not stored. */
const passing: ReadonlySet<TranslationFault> = new Set(['budget_spent', 'service_failed', 'no_service'])

const toStored = (
  textHash: string,
  { name, version }: LimitedService,
  { text, fault }: ServiceAnswer = { text: undefined, fault: 'service_failed' },
): StoredAnswer => ({ textHash, service: name, version, text, fault })
