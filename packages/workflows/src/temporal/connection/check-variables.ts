import { existsSync } from 'node:fs'
import { z } from 'zod'

const truth = z.enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
const path = z.string().max(4_096, 'must have at most 4,096 characters')

/** What the SDK takes for something else, or for nothing, without a word. */
const variables = z.object({
  TEMPORAL_TLS: truth.optional(),
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: z
    .enum(['false', '0'], { error: 'cannot be set: set TEMPORAL_TLS_SERVER_CA_CERT_PATH instead' })
    .optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: path.optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: path.optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: path.optional(),
  TEMPORAL_CONFIG_FILE: path.refine((file) => existsSync(file), 'names a file that is not there').optional(),
})

const pairs = [
  ['TEMPORAL_TLS_CLIENT_CERT', 'TEMPORAL_TLS_CLIENT_KEY'],
  ['TEMPORAL_TLS_CLIENT_KEY', 'TEMPORAL_TLS_CLIENT_CERT'],
] as const

/** @throws Error that names a variable of Temporal's that is malformed, or lacks another one. */
export function checkVariables(given: Readonly<Record<string, string>>): void {
  const parsed = variables.safeParse(given)
  const [issue] = parsed.error?.issues ?? []
  if (issue) throw new Error(`${String(issue.path[0])} ${issue.message}`)
  const has = (name: string): boolean => `${name}_PATH` in given || `${name}_DATA` in given
  for (const [one, other] of pairs) {
    if (has(one) && !has(other)) throw new Error(`${one}_PATH needs ${other}_PATH beside it`)
  }
}
