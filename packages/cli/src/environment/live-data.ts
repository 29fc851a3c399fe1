import { z } from 'zod'
import { CommandFault } from '../fault.ts'
import { isOnce } from '@guichet/domain'
import type { ConfiguredSource } from '@guichet/api/parts'
import { openAddress, webhookSecrets } from './services.ts'

/** The most systems that one variable names, and the form of their names. */
const mostSources = 10
const sourceName = /^[a-z][a-z0-9-]{0,49}$/

/** `name=value`, ten at most, separated by commas: values by their names, in the order of the text. */
export const bySource = <T>(value: z.ZodType<T, string>, form: string) =>
  z
    .string()
    .max(10_000)
    .transform((text) => text.split(',').map((each) => /^\s*([^=\s]+)=(.*?)\s*$/.exec(each)?.slice(1) ?? []))
    .refine(
      (pairs) =>
        pairs.length <= mostSources &&
        isOnce(pairs, ([name]) => name) &&
        pairs.every(([name = '', text]) => sourceName.test(name) && value.safeParse(text).success),
      `must be ${form}, at most ${mostSources} with different names in lower case, separated by commas`,
    )
    .transform((pairs) => new Map(pairs.map(([name = '', text]) => [name, value.parse(text)])))

/** The variables for the sources of live data and of alerts. */
export const liveDataVariables = {
  GUICHET_LIVE_DATA_SECRETS: bySource(webhookSecrets, 'name=whsec_…').optional(),
  GUICHET_LIVE_DATA_URLS: bySource(openAddress('must hold no user and no password'), 'name=https://…').optional(),
  GUICHET_LIVE_DATA_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be 10 to 99999 milliseconds')
    .transform(Number)
    .default(3_000),
} as const

type LiveDataVariables = z.infer<z.ZodObject<typeof liveDataVariables>>

/** The sources of live data, and how long each may take to answer. */
export type LiveDataEnvironment = { readonly sources: readonly ConfiguredSource[]; readonly timeoutMs: number }

/**
 * The sources of live data; undefined without any.
 * @throws Fault `config_missing` when a source has an address and no secret.
 */
export function liveDataEnvironment(variables: LiveDataVariables): LiveDataEnvironment | undefined {
  const { GUICHET_LIVE_DATA_SECRETS: secrets = new Map<string, readonly string[]>() } = variables
  const { GUICHET_LIVE_DATA_URLS: urls = new Map<string, string>() } = variables
  const unsigned = [...urls.keys()].find((name) => !secrets.has(name))
  if (unsigned !== undefined) {
    throw new CommandFault('config_missing', `GUICHET_LIVE_DATA_SECRETS has no secret for the source ${unsigned}`, {
      next: 'give each source of GUICHET_LIVE_DATA_URLS a secret of its own',
    })
  }
  if (secrets.size === 0) return undefined
  const sources = Array.from(secrets, ([name, sourceSecrets]) => ({
    name,
    secrets: sourceSecrets,
    url: urls.get(name),
  }))
  return { sources, timeoutMs: variables.GUICHET_LIVE_DATA_TIMEOUT_MS }
}
