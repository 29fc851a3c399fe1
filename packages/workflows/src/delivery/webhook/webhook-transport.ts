import { Webhook } from 'standardwebhooks'
import type { Delivery } from '../delivery.ts'
import { inTime } from '../in-time.ts'
import type { Sent, Transport } from '../transport.ts'
import { TryAgain } from '../transport.ts'
import { beginningOf } from './beginning-of.ts'
import { retryAfterMs } from './retry-after.ts'
import { webhookBody } from './webhook-message.ts'

export type WebhookOptions = {
  /** Without user and password: the signature says who sends. */
  readonly url: string
  /** `whsec_` and the key in base64; several while they are changed over: each message is signed with all of them. */
  readonly secrets: readonly string[]
  /** 10,000 by default. */
  readonly timeoutMs?: number
}

const worthAnotherTry: ReadonlySet<number> = new Set([408, 425, 429])

/**
 * Posts deliveries as JSON, signed by Standard Webhooks (https://www.standardwebhooks.com) 1.0.0: `webhook-id` is the key of the
 * delivery. An answer in the 2xx says that it has arrived; 408, 425, 429, 5xx, a redirect (none is followed), silence and a broken
 * connection are tried again, when `Retry-After` says; every other answer is a refusal.
 * @throws Error when a secret is none, or the address holds a password, which nothing may show.
 */
export function webhookTransport({ url, secrets, timeoutMs = 10_000 }: WebhookOptions): Transport {
  const { username, password } = new URL(url)
  if (username || password) throw new Error('the address of a webhook must hold no user and no password')
  const signers = secrets.map((secret) => new Webhook(secret))

  const post = async (delivery: Delivery, signal: AbortSignal): Promise<Response> => {
    const { key } = delivery
    const body = webhookBody(delivery)
    const now = new Date()
    try {
      return await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'guichet',
          'webhook-id': key,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': signers.map((signer) => signer.sign(key, now, body)).join(' '),
        },
        body,
      })
    } catch (error) {
      throw new TryAgain(`the receiver cannot be reached: ${causeOf(error)}`, { cause: error })
    }
  }

  return {
    send: (delivery, { signal }): Promise<Sent> =>
      inTime(timeoutMs, signal, async (untilThen) => {
        const response = await post(delivery, untilThen)
        const { status } = response
        const said = await beginningOf(response)
        if (response.ok) return { sent: true }
        const reason = `the receiver answered ${status}${said && `: ${said}`}`
        if (status >= 500 || status < 400 || worthAnotherTry.has(status)) {
          throw new TryAgain(reason, { afterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) })
        }
        return { sent: false, refused: reason }
      }),
    close: async () => undefined,
  }
}

/** What fetch says is the same for everything; its cause tells. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name) : error.message
}
