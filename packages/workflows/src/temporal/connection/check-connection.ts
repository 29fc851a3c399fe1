import { createPrivateKey, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import type { TemporalAddress } from './temporal-connection.ts'

/** What may stand in a header. */
const printable = /^[\x20-\x7e]*$/

const limits = z.object({
  TEMPORAL_ADDRESS: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i, 'must be of the form temporal.example:7233')
    .refine((address) => Number(/:(\d+)$/.exec(address)?.[1] ?? 1) <= 65_535, 'must have a port from 1 to 65535')
    .optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .max(255, 'must have at most 255 characters')
    .regex(/^[\w.-]+$/, 'must be letters, digits, dots, hyphens and underscores'),
  TEMPORAL_API_KEY: z
    .string()
    .max(16_384, 'must have at most 16,384 characters')
    .regex(/^[\x21-\x7e]+$/, 'must be printable characters of ASCII without spaces')
    .optional(),
  TEMPORAL_GRPC_META: z
    .record(z.string(), z.string().regex(printable, 'must be printable characters of ASCII'))
    .optional(),
})

/**
 * Checks what the variables, the files they name and the profile come to.
 * @throws Error that names the variable and repeats nothing secret.
 */
export function checkConnection({ connection, namespace }: TemporalAddress): void {
  const { address, apiKey, metadata, tls } = connection
  const parsed = limits.safeParse({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: apiKey,
    TEMPORAL_GRPC_META: metadata,
  })
  const [issue] = parsed.error?.issues ?? []
  if (issue) throw new Error(`${issue.path.map(String).join('_')} ${issue.message}`)
  if (typeof tls !== 'object' || tls === null) return
  const { serverRootCACertificate: authority, clientCertPair: own } = tls
  if (authority) holds('TEMPORAL_TLS_SERVER_CA_CERT', 'certificate', () => new X509Certificate(authority))
  if (!own) return
  const { crt, key } = own
  const cert = holds('TEMPORAL_TLS_CLIENT_CERT', 'certificate', () => new X509Certificate(crt))
  const privateKey = holds('TEMPORAL_TLS_CLIENT_KEY', 'private key', () => createPrivateKey(Buffer.from(key)))
  if (!cert.checkPrivateKey(privateKey))
    throw new Error('TEMPORAL_TLS_CLIENT_KEY is not the key of TEMPORAL_TLS_CLIENT_CERT')
}

function holds<T>(variable: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw new Error(`${variable} holds no ${what} in PEM`)
  }
}
