import { z } from 'zod'
import { Fault } from '../fault/fault.ts'
import { openAddress } from './open-address.ts'

/** The variables that name an HTTP service which tells what tickets are about. */
export const classifierVariables = {
  GUICHET_CLASSIFIER_URL: openAddress(
    'must hold no user and no password: GUICHET_CLASSIFIER_KEY says who asks',
  ).optional(),
  GUICHET_CLASSIFIER_MODEL: z.string().max(200).optional(),
  GUICHET_CLASSIFIER_KEY: z
    .string()
    .max(1_000)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  GUICHET_CLASSIFIER_TIMEOUT_MS: z
    .string()
    .regex(/^[1-9]\d{1,4}$/, 'must be 10 to 99999 milliseconds')
    .transform(Number)
    .default(5_000),
} as const

type Given = z.infer<z.ZodObject<typeof classifierVariables>>

/** An HTTP service with the API of OpenAI's chat completions. */
export type ClassifierEnvironment = {
  readonly url: string
  readonly model: string
  readonly key: string | undefined
  readonly timeoutMs: number
}

/** @throws Fault `config_missing` when a variable is there without the one it needs. */
export function classifierEnvironment(given: Given): ClassifierEnvironment | undefined {
  const { GUICHET_CLASSIFIER_URL: url, GUICHET_CLASSIFIER_MODEL: model, GUICHET_CLASSIFIER_KEY: key } = given
  if (url !== undefined && model !== undefined) {
    return { url, model, key, timeoutMs: given.GUICHET_CLASSIFIER_TIMEOUT_MS }
  }
  if (url === undefined && model === undefined && key === undefined) return undefined
  const lacking = url === undefined ? 'GUICHET_CLASSIFIER_URL' : 'GUICHET_CLASSIFIER_MODEL'
  throw new Fault('config_missing', `${lacking} is missing, and another variable of the classifier is there`, {
    next: 'set GUICHET_CLASSIFIER_URL and GUICHET_CLASSIFIER_MODEL, or neither; see docs/reference/configuration.md',
  })
}
