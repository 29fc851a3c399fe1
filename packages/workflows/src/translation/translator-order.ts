import type { LanguagePair, TranslationService } from './libretranslate.ts'
import type { TranslationQuality } from './translation-port.ts'

/** How many ratings a service needs before it is compared with another one. */
const fewestRatings = 10

/** Which services have a pair of languages, in the order in which they are tried; `*` stands for every language. */
export type TranslatorPair = LanguagePair & { readonly services: readonly string[] }

/** The services that have a pair, in the configured order: those of the first entry that fits, or all without any entry. */
export function servicesFor<S extends Pick<TranslationService, 'name'>>(
  services: readonly S[],
  pairs: readonly TranslatorPair[],
  { from, to }: LanguagePair,
): readonly S[] {
  if (pairs.length === 0) return services
  const entry = pairs.find((pair) => ['*', from].includes(pair.from) && ['*', to].includes(pair.to))
  return (entry?.services ?? []).flatMap((name) => services.find((service) => service.name === name) ?? [])
}

/**
 * The order in which the services of a pair are asked. Until each has ten ratings, the first in the configured order that has
 * fewer is asked first, so that each is tried; then the one with the largest share of right translations is, of equals the first.
 * Ratings of another version of a service count for nothing.
 */
export function askedInOrder<S extends Pick<TranslationService, 'name' | 'version'>>(
  services: readonly S[],
  qualities: readonly TranslationQuality[],
): readonly S[] {
  const measured = services.map((service) => {
    const { rated = 0, right = 0 } =
      qualities.find((each) => each.service === service.name && each.version === service.version) ?? {}
    return { service, share: rated < fewestRatings ? Infinity : right / rated }
  })
  return measured
    .toSorted((one, other) => (one.share === other.share ? 0 : other.share - one.share))
    .map(({ service }) => service)
}
