import type { Instant } from '@guichet/domain'
import { later, LruCache, minutes } from '@guichet/domain'
import type { LanguagePair, TranslationService } from './libretranslate.ts'

/** For how long a service is not asked for a pair of languages that it has refused. */
const refusedFor = minutes(10)

/** How many pairs of services are remembered, some 100 bytes each: of those that were refused, and of those that were answered. */
const mostPairs = 10_000

type Service = Pick<TranslationService, 'name' | 'version'>

/** Which pairs of languages services refuse, as far as this process knows. */
export type PairRefusals = {
  /** Whether a service has lately refused a pair. */
  has(service: Service, pair: LanguagePair, at: Instant): boolean
  /** Records an answer: a later refusal is about a text, not about its languages. */
  answer(service: Service, pair: LanguagePair): void
  /** Records a refusal, for ten minutes, of a pair that the service has never answered. */
  refuse(service: Service, pair: LanguagePair, at: Instant): void
}

/** Remembers refusals of pairs in bounded memory. */
export function createPairRefusals(): PairRefusals {
  const answered = new LruCache<string, true>({ maxEntries: mostPairs })
  const refusedUntil = new LruCache<string, Instant>({ maxEntries: mostPairs })
  const keyOf = ({ name, version }: Service, { from, to }: LanguagePair): string =>
    JSON.stringify([name, version, from, to])
  return {
    has: (service, pair, at) => {
      const until = refusedUntil.get(keyOf(service, pair))
      return until !== undefined && at < until
    },
    answer: (service, pair) => {
      const key = keyOf(service, pair)
      answered.set(key, true)
      refusedUntil.delete(key)
    },
    refuse: (service, pair, at) => {
      const key = keyOf(service, pair)
      if (!answered.has(key)) refusedUntil.set(key, later(at, refusedFor))
    },
  }
}
