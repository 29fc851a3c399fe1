import { inTime } from '../supervision.ts'
import type { Delivery, SendOutcome, Transport } from './delivery.ts'
import { TryAgain } from './delivery.ts'
import { webhookSignature } from './webhook-signature.ts'

/** The address to which notifications are posted, and how they are signed. */
export type WebhookOptions = {
  /** Without user and password: the signature identifies the sender. */
  readonly url: string
  /** `whsec_` and the key in base64; several during a key change: each message is signed with all of them. */
  readonly secrets: readonly string[]
  /** 10,000 by default. */
  readonly timeoutMs?: number
}

const worthAnotherTry: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * Posts deliveries as JSON, signed by Standard Webhooks (https://www.standardwebhooks.com) 1.0.0: `webhook-id` is the
 * key of the delivery. A 2xx answer means that it has arrived. 408, 425, 429, 5xx, a redirect (none is followed),
 * silence and a broken connection are retried, at the time of `Retry-After` if given; every other answer is a refusal.
 * @throws Error when a secret is invalid, or the address contains a password, which nothing may show.
 */
export function webhookTransport({ url, secrets, timeoutMs = 10_000 }: WebhookOptions): Transport {
  const { username, password } = new URL(url)
  if (username || password) throw new Error('the address of a webhook must hold no user and no password')
  const signature = webhookSignature(secrets)

  const post = async (delivery: Delivery, signal: AbortSignal): Promise<Response> => {
    const { key } = delivery
    const body = webhookBody(delivery)
    try {
      return await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: signature.headers(key, new Date(), body),
        body,
      })
    } catch (error) {
      throw new TryAgain(`the receiver cannot be reached: ${causeOf(error)}`, { cause: error })
    }
  }

  return {
    send: (delivery, { signal }): Promise<SendOutcome> =>
      inTime(timeoutMs, signal, async (untilThen) => {
        const response = await post(delivery, untilThen)
        const { status } = response
        const answer = await beginningOf(response)
        if (response.ok) return { sent: true }
        const reason = `the receiver answered ${status}${answer && `: ${answer}`}`
        if (status >= 500 || status < 400 || worthAnotherTry.has(status)) {
          throw new TryAgain(reason, { afterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) })
        }
        return { sent: false, refused: reason }
      }),
    close: async () => undefined,
  }
}

/** The message of fetch is the same for every failure; its cause has the details. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name) : error.message
}

/** The body that a receiver gets: type, timestamp and data, as Standard Webhooks recommends. The same at every try. */
function webhookBody({ id, channel, kind, recipientId, content }: Delivery): string {
  const { at, ...rest } = content
  return JSON.stringify({
    type: channel === 'webhook' || kind === 'daily_report' ? kind : `notification.${channel}`,
    timestamp: at,
    data: { id, kind, recipientId, ...rest },
  })
}

const longestMs = 86_400_000

/**
 * How many milliseconds a receiver asks to wait, by the header `Retry-After` (RFC 9110, 10.2.3): seconds, or a
 * date; a day at most. Undefined without the header, or for one that cannot be parsed.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs)
}

const mostBytes = 4_096
const mostCharacters = 200

/**
 * The beginning of an answer on one line, for readers who look for a reason. Reads 4 KB at most; a body that ends
 * within them leaves its connection to the next request.
 */
async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return ''
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  try {
    for (let bytes = 0; bytes < mostBytes;) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      bytes += value.byteLength
    }
  } catch {
    return ''
  } finally {
    await reader.cancel().catch(() => undefined)
  }
  const text = Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8')
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, mostCharacters)
}
