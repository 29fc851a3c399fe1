import { randomUUID } from 'node:crypto'
import { inTime, readBounded, webhookSignature } from '@guichet/workflows'
import type { LiveDataSource } from './live-data-source.ts'
import { LiveDataFailed, liveDataAnswerSchema } from './live-data-source.ts'

type HttpSourceOptions = {
  readonly name: string
  /** Without user and password: the signature identifies the desk. */
  readonly url: string
  /** `whsec_` and the key in base64; several during a key change. */
  readonly secrets: readonly string[]
  /** 3,000 by default. */
  readonly timeoutMs?: number | undefined
}

const mostBytes = 65_536

/**
 * Asks an HTTP service with a POST that is signed by Standard Webhooks. The body holds the ids of one customer; the answer is
 * `{ "cards": [...] }` as JSON, at most 64 KB. Redirects are not followed.
 */
export function httpLiveDataSource({ name, url, secrets, timeoutMs = 3_000 }: HttpSourceOptions): LiveDataSource {
  const signature = webhookSignature(secrets)
  const forever = new AbortController().signal
  return {
    name,
    read: async (customer) => {
      const at = new Date()
      const body = JSON.stringify({ type: 'live_data.read', timestamp: at.toISOString(), data: { customer } })
      const headers = signature.headers(randomUUID(), at, body)
      const text = await inTime(timeoutMs, forever, async (signal) => {
        const response = await fetch(url, { method: 'POST', redirect: 'error', signal, headers, body })
        const answer = await readBounded(response, mostBytes)
        if (!response.ok) throw new LiveDataFailed(`it answered ${response.status}`)
        return answer
      }).catch((error: unknown) => {
        throw asFailed(error)
      })
      const answer = liveDataAnswerSchema.safeParse(parsed(text))
      if (!answer.success) throw new LiveDataFailed('its answer is not of the documented form')
      return answer.data.cards
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Describes a failure in this product's own words: a library's message may contain data that must not be logged. */
function asFailed(error: unknown): LiveDataFailed {
  if (error instanceof LiveDataFailed) return error
  const { name = '', message = '', cause } = error instanceof Error ? error : {}
  if (name === 'AnswerTooLong' || message.startsWith('no answer within')) return new LiveDataFailed(message)
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return new LiveDataFailed(`it cannot be reached${code === undefined ? '' : `: ${code}`}`)
}
