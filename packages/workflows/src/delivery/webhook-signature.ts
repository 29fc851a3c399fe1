import type { IncomingHttpHeaders } from 'node:http'
import { Webhook, WebhookVerificationError } from 'standardwebhooks'

/** Signs and verifies messages by Standard Webhooks (https://www.standardwebhooks.com) 1.0.0. */
export type WebhookSignature = {
  /** The headers that sign a message with every secret. */
  headers(id: string, at: Date, body: string): Readonly<Record<string, string>>
  /** The id of a message that one of the secrets signs and that was sent within five minutes of now; undefined for any other. */
  verifiedId(headers: IncomingHttpHeaders, body: string): string | undefined
}

/**
 * @param secrets `whsec_` and the key in base64; several during a key change.
 * @throws Error when a secret is invalid.
 */
export function webhookSignature(secrets: readonly string[]): WebhookSignature {
  const keys = secrets.map((secret) => new Webhook(secret))
  const isSignedBy = (key: Webhook, headers: Record<string, string>, body: string): boolean => {
    try {
      key.verify(body, headers, { jsonParse: false })
      return true
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false
      throw error
    }
  }
  return {
    headers: (id, at, body) => ({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'guichet',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': keys.map((key) => key.sign(id, at, body)).join(' '),
    }),
    verifiedId: (requestHeaders, body) => {
      const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
      const headers = Object.fromEntries(names.map((name) => [name, String(requestHeaders[name] ?? '')]))
      return keys.some((key) => isSignedBy(key, headers, body)) ? headers['webhook-id'] : undefined
    },
  }
}
