import { z } from 'zod'
import type { TranslationOptions, TranslatorPair } from '@guichet/workflows'
import { CommandFault } from '../fault.ts'
import { bySource } from './live-data.ts'
import { bearerToken, openAddress } from './services.ts'

const mostPairs = 200

/** `en>fr=first second`: the languages by primary tag, or `*`, and the services in the order in which they are asked. */
const pair = /^(\*|[a-z]{2,3})>(\*|[a-z]{2,3})=([a-z][a-z0-9-]{0,49}(?: [a-z][a-z0-9-]{0,49}){0,9})$/

const languagePairs = z
  .string()
  .max(20_000)
  .transform((text) => text.split(',').map((each) => pair.exec(each.trim())))
  .refine(
    (pairs) => pairs.length <= mostPairs && pairs.every((each) => each !== null),
    `must be en>fr=name name, with * for any language, at most ${mostPairs}, separated by commas`,
  )
  .transform((pairs) =>
    pairs.map((each): TranslatorPair => ({
      from: each?.[1] ?? '',
      to: each?.[2] ?? '',
      services: (each?.[3] ?? '').split(' '),
    })),
  )

const version = z.string().regex(/^[\w.-]{1,50}$/)

/** The variables for the services that translate. */
export const translationVariables = {
  GUICHET_TRANSLATOR_URLS: bySource(
    openAddress('must hold no user and no password: GUICHET_TRANSLATOR_KEYS says who asks'),
    'name=https://…',
  ).optional(),
  GUICHET_TRANSLATOR_KEYS: bySource(bearerToken, 'name=key').optional(),
  GUICHET_TRANSLATOR_VERSIONS: bySource(version, 'name=version').optional(),
  GUICHET_TRANSLATOR_PAIRS: languagePairs.default([]),
  GUICHET_TRANSLATOR_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be 10 to 99999 milliseconds')
    .transform(Number)
    .default(5_000),
  GUICHET_TRANSLATOR_BUDGET: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of characters a day')
    .transform(Number)
    .default(500_000),
  GUICHET_TRANSLATE_NOTES: z.enum(['yes', 'no'], 'must be yes or no').default('no'),
} as const

type TranslationVariables = z.infer<z.ZodObject<typeof translationVariables>>

/**
 * The services that translate, in the order of their addresses; undefined without any.
 * @throws Fault `config_missing` when another variable names a service that has no address.
 */
export function translationEnvironment(variables: TranslationVariables): TranslationOptions | undefined {
  const { GUICHET_TRANSLATOR_URLS: urls = new Map<string, string>() } = variables
  const { GUICHET_TRANSLATOR_KEYS: keys = new Map<string, string>() } = variables
  const { GUICHET_TRANSLATOR_VERSIONS: versions = new Map<string, string>() } = variables
  const { GUICHET_TRANSLATOR_PAIRS: pairs } = variables
  const named = [...keys.keys(), ...versions.keys(), ...pairs.flatMap(({ services }) => services)]
  const without = named.find((name) => !urls.has(name))
  if (without !== undefined) {
    throw new CommandFault('config_missing', `GUICHET_TRANSLATOR_URLS has no address for the translator ${without}`, {
      next: 'give each translator an address in GUICHET_TRANSLATOR_URLS',
    })
  }
  if (urls.size === 0) return undefined
  return {
    services: Array.from(urls, ([name, url]) => ({
      name,
      url,
      key: keys.get(name),
      version: versions.get(name),
      timeoutMs: variables.GUICHET_TRANSLATOR_TIMEOUT_MS,
      budget: variables.GUICHET_TRANSLATOR_BUDGET,
    })),
    pairs,
    notes: variables.GUICHET_TRANSLATE_NOTES === 'yes',
  }
}
