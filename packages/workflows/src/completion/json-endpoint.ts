import { AnswerTooLong, readBounded } from '../bounded-answer.ts'
import { inTime } from '../supervision.ts'

/** The service did not answer, or its answer does not fit the request. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed'

  /** The status of HTTP that the service answered with, where it was none of success. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** The statuses of a refusal that say nothing about what was sent: the key, the time or the number of requests is at fault. */
const statusesOfService: ReadonlySet<number> = new Set([401, 403, 408, 429])

/** Whether a service answers and does not take what it was sent: it may take something else, so that this must not pause it. */
export const isRefusal = (error: unknown): error is ServiceFailed =>
  error instanceof ServiceFailed &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  !statusesOfService.has(error.status)

/** A service that takes JSON over HTTP, such as a model with OpenAI's API. */
type EndpointOptions = {
  /** The address before the path, without user and password. */
  readonly url: string
  /** Such as `/chat/completions`. */
  readonly path: string
  /** Sent as a bearer token; shown nowhere. */
  readonly key: string | undefined
  /** What the service is in messages, such as `classifier`. */
  readonly name: string
}

type Bounds = {
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number
  /** The most bytes of an answer that are read: a longer one is refused. */
  readonly mostAnswerBytes: number
}

/**
 * Posts JSON, and returns the text of the answer, which is unchecked. It follows no redirection, and rejects with `ServiceFailed`
 * when there is no answer in time, or none with a status of success; with the reason of the signal when that aborts.
 */
type AskEndpoint = (body: string, bounds: Bounds, signal?: AbortSignal) => Promise<string>

/** Opens an endpoint. @throws Error for an address with a user or a password. */
export function jsonEndpoint({ url, path, key, name }: EndpointOptions): AskEndpoint {
  const { username, password } = new URL(url)
  if (username || password) throw new Error(`the address of the ${name} must hold no user and no password`)
  const endpoint = `${url.replace(/(?<![/])[/]+$/, '')}${path}`
  const forever = new AbortController().signal
  return (body, { timeoutMs, mostAnswerBytes }, signal = forever) =>
    inTime(timeoutMs, signal, async (ending) => {
      const response = await post(endpoint, key, body, ending)
      const text = await readBounded(response, mostAnswerBytes)
      if (!response.ok) throw new ServiceFailed(`the ${name} answered ${response.status}`, response.status)
      return text
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw asServiceFailed(error, name)
    })
}

/** A text as JSON; undefined for one that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const post = (endpoint: string, key: string | undefined, body: string, signal: AbortSignal): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'guichet',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body,
  })

/** Describes a failure in this product's own words: a library's message may contain data that must not be logged. */
function asServiceFailed(error: unknown, name: string): ServiceFailed {
  if (error instanceof ServiceFailed) return error
  const message = error instanceof Error ? error.message : ''
  if (error instanceof AnswerTooLong || message.startsWith('no answer within'))
    return new ServiceFailed(`the ${name}: ${message}`)
  const code = error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code
  return new ServiceFailed(`the ${name} cannot be reached${code ? `: ${code}` : ''}`)
}
