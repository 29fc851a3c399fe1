import { NamespaceNotFoundError } from '@temporalio/common'
import type { TemporalAddress } from './connection.ts'
import { grpcErrorIn } from './connection.ts'

type Advice = (address: TemporalAddress) => string

/**
 * The possible faults of a Temporal server, or of the way to it, with the next step; docs/operations.md explains each
 * one.
 */
export const troubles = {
  unreachable: { wrong: 'does not answer', next: () => 'start it, or correct TEMPORAL_ADDRESS' },
  name_unknown: {
    wrong: 'has a name that cannot be resolved',
    next: () => 'correct TEMPORAL_ADDRESS, or mend the DNS',
  },
  tls_needed: { wrong: 'takes encrypted connections only', next: () => 'set TEMPORAL_TLS=true' },
  tls_unknown: { wrong: 'takes no encrypted connections', next: () => 'set TEMPORAL_TLS=false' },
  certificate_refused: {
    wrong: 'has a certificate that is not trusted',
    next: () => 'set TEMPORAL_TLS_SERVER_CA_CERT_PATH, or TEMPORAL_TLS_SERVER_NAME if it goes by another name',
  },
  client_certificate_refused: {
    wrong: 'does not take this client’s certificate, or its having none',
    next: () => 'correct TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH',
  },
  credentials_refused: {
    wrong: 'refuses the credentials',
    next: ({ namespace }) => `correct TEMPORAL_API_KEY, or give its owner leave to write in the namespace ${namespace}`,
  },
  namespace_missing: {
    wrong: 'lacks the namespace',
    next: ({ namespace }) =>
      `correct TEMPORAL_NAMESPACE, or run: temporal operator namespace create --namespace ${namespace}`,
  },
  incompatible: {
    wrong: 'is no Temporal server, or too old a one',
    next: () => 'correct TEMPORAL_ADDRESS, or use a newer server',
  },
  failing: { wrong: 'fails', next: () => 'look into the log of the server' },
} as const satisfies Readonly<Record<string, { readonly wrong: string; readonly next: Advice }>>

/** A reason why a Temporal server cannot be used; each has its sentence and its advice. */
export type TroubleKind = keyof typeof troubles

/** The reason why a server cannot be used, with its message. */
export type Trouble = { readonly kind: TroubleKind; readonly reason: string }

/**
 * The cause of an error of the SDK's client, or of the worker's native connection; undefined when it does not concern
 * the server.
 */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof NamespaceNotFoundError) return { kind: 'namespace_missing', reason: error.message }
  const called = grpcErrorIn(error)
  const native = error instanceof Error && error.name === 'TransportError' ? error : undefined
  if (!called && !native) return undefined
  const text = called?.details || (called ?? native)?.message || ''
  const kind =
    called && called.code !== unavailable
      ? (byCode[called.code] ?? (/HTTP status code/.test(text) ? 'incompatible' : 'failing'))
      : (byText.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unreachable')
  return { kind, reason: reasonOf(text) }
}

/**
 * The connection messages of the libraries under the two clients: OpenSSL and Node for the one, Rust's for the other.
 */
const byText: readonly (readonly [TroubleKind, RegExp])[] = [
  ['name_unknown', /Name resolution failed|dns error/],
  ['tls_unknown', /wrong version number|packet length too long|InvalidContentType/],
  ['client_certificate_refused', /certificate required|SSL alert number|HandshakeFailure|AlertReceived/],
  ['certificate_refused', /certificate|issuer|altnames|InvalidCertificate/i],
  ['incompatible', /Protocol error|Http2|compression flag/],
]

const unavailable = 14

const byCode: Readonly<Record<number, TroubleKind>> = {
  4: 'unreachable',
  5: 'namespace_missing',
  7: 'credentials_refused',
  12: 'incompatible',
  16: 'credentials_refused',
}

/** The gist of a message, in one line. */
function reasonOf(text: string): string {
  const [line = ''] = text.split('\n', 1)
  const [, ...last] = line.split('Last error: ')
  const gist = last.length === 0 ? line : gistOf(last.join('Last error: '))
  if (gist === '' || gist === 'null') return 'no connection was established'
  return gist.replaceAll(/:(?:\.\.\/)?[\w./]{0,200}\.c:\d{1,9}:?/g, '').slice(0, 200)
}

/** Removes the name of the library before it, and the note or the repetition with a time after it. */
function gistOf(last: string): string {
  const gist = last.replace(/^(?:Error: )?(?:\w{1,100}:error:)?/, '')
  const end = gist.search(/\.? Resolution note:| \(\d{4}-/)
  return end < 0 ? gist : gist.slice(0, end)
}

/** One line with the fault and the next step, without any key. */
export function describeTrouble({ kind, reason }: Trouble, address: TemporalAddress): string {
  const { wrong, next } = troubles[kind]
  const { apiKey } = address.connection
  const detail = typeof apiKey === 'string' ? reason.replaceAll(apiKey, '…') : reason
  return `Temporal at ${address.connection.address} ${wrong} (${detail}); ${next(address)}`
}
