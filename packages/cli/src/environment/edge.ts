import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import type { AuthConfig } from '@guichet/api/auth'
import { CommandFault } from '../fault.ts'

/** The algorithms of token signatures. */
export const tokenAlgorithms = ['RS256', 'ES256', 'HS256'] as const

type Algorithm = (typeof tokenAlgorithms)[number]

/** The variables for the key of tokens. */
type KeyVariables = {
  readonly GUICHET_JWT_SECRET?: string | undefined
  readonly GUICHET_JWT_PUBLIC_KEY?: string | undefined
  readonly GUICHET_JWT_JWKS_URL?: string | undefined
  readonly GUICHET_JWT_ALGORITHM?: Algorithm | undefined
}

/**
 * Returns the key for verifying tokens with its algorithm; undefined without a key.
 * @throws Fault `config_invalid` when there are several keys, or the algorithm does not fit the key.
 */
export function tokenKey(variables: KeyVariables): AuthConfig['key'] | undefined {
  const { GUICHET_JWT_ALGORITHM: algorithm } = variables
  const key = keyOf(variables)
  if (algorithm === undefined || algorithm === (key?.algorithm ?? 'HS256')) return key
  const misfit = key ? `the key is for ${key.algorithm}` : 'there is no key for it'
  throw new CommandFault('config_invalid', `GUICHET_JWT_ALGORITHM is ${algorithm}, and ${misfit}`)
}

function keyOf({
  GUICHET_JWT_SECRET: secret,
  GUICHET_JWT_PUBLIC_KEY: publicKey,
  GUICHET_JWT_JWKS_URL: jwksUrl,
  GUICHET_JWT_ALGORITHM: algorithm = 'RS256',
}: KeyVariables): AuthConfig['key'] | undefined {
  if ([secret, publicKey, jwksUrl].filter((key) => key !== undefined).length > 1) {
    throw new CommandFault(
      'config_invalid',
      'GUICHET_JWT_SECRET, GUICHET_JWT_PUBLIC_KEY and GUICHET_JWT_JWKS_URL exclude one another',
      { next: 'keep one of them' },
    )
  }
  if (secret !== undefined) return { algorithm: 'HS256', secret }
  if (jwksUrl !== undefined) return { algorithm: algorithm === 'HS256' ? 'RS256' : algorithm, jwksUrl }
  const parsedKey = publicKey === undefined ? undefined : publicKeyOf(publicKey)
  return parsedKey && { algorithm: parsedKey.algorithm, publicKey: parsedKey.spki }
}

/** Environments often contain the line ends of a PEM file as `\n`. */
const pem = (key: string): string => key.replaceAll('\\n', '\n')

/**
 * Describes why a text is no public key that can verify tokens; undefined if it is one. Never contains a part of the
 * key.
 */
export function publicKeyFault(key: string): string | undefined {
  if (/PRIVATE KEY/.test(key)) {
    return 'is a private key, which belongs to whoever signs tokens: give the public key of the pair, and make another pair'
  }
  const parsedKey = publicKeyOf(key)
  if (!parsedKey) return 'must be an RSA or P-256 public key in PEM'
  return parsedKey.short ? 'must be an RSA key of at least 2048 bits' : undefined
}

type PublicKey = {
  readonly algorithm: 'RS256' | 'ES256'
  readonly short: boolean
  /** PEM, SPKI. */ readonly spki: string
}

/** Parses a public key in PEM of any form, such as a certificate; undefined for other text or unsupported keys. */
function publicKeyOf(key: string): PublicKey | undefined {
  try {
    const read = createPublicKey(pem(key))
    const { asymmetricKeyType, asymmetricKeyDetails: { modulusLength = 0, namedCurve } = {} } = read
    const spki = read.export({ type: 'spki', format: 'pem' }).toString()
    if (asymmetricKeyType === 'rsa') return { algorithm: 'RS256', short: modulusLength < 2_048, spki }
    return namedCurve === 'prime256v1' ? { algorithm: 'ES256', short: false, spki } : undefined
  } catch {
    return undefined
  }
}

/** Several values in one variable, separated by commas. */
const separated = <T extends z.ZodType<string, string>>(value: T) =>
  z
    .string()
    .max(10_000)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(value))

/** An origin as a browser sends it: no path, no final slash, no default port, and not `*`. */
const origin = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text
}, 'must be origins such as https://desk.example or http://localhost:5173, separated by commas; * is not taken: name each of them')

/** Web origins whose pages may call the API from a browser. */
export const webOrigins = separated(origin)

/** Ranges of addresses, such as `10.1.0.0/16,fd00::/8`. */
export const addressRanges = separated(
  z.union([z.cidrv4(), z.cidrv6()], 'must be ranges of addresses such as 10.1.0.0/16, separated by commas'),
)

const everybody = /\/0+$/

const address = z.union(
  [
    z.ipv4(),
    z.ipv6(),
    z.cidrv4().refine((range) => !everybody.test(range)),
    z.cidrv6().refine((range) => !everybody.test(range)),
    z.enum(['loopback', 'linklocal', 'uniquelocal']),
  ],
  'must be addresses such as 10.0.0.7, ranges such as 10.0.0.0/8, or loopback, linklocal or uniquelocal, separated by commas',
)

/** The proxies whose `x-forwarded-for` is trusted. */
export const proxyAddresses = separated(address)

/** The variables for logs, metrics and traces. */
export const observabilityVariables = {
  GUICHET_METRICS: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'must be of the form 127.0.0.1:9465')
    .transform((address) => {
      const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? []
      return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
    })
    .refine(({ port: number }) => number <= 65_535, 'must name a port from 0 to 65535')
    .optional(),
  GUICHET_TRACES: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
}
