import { setTimeout as delay } from 'node:timers/promises'
import { defaultProactiveSettings, isHoldout, minutes } from '@guichet/domain'
import { signedToken } from '../guichet-process.ts'
import type { Post } from './product.ts'

/** After how many milliseconds a draft counts as lost. */
const longestWaitMs = 30_000

/**
 * Lets a customer meet the same failure three times: one whose draft is not in the holdout. Returns how many milliseconds
 * after the third one is sent their draft has reached them by their subscription; Infinity if it does not.
 */
export async function untilDraft(url: string, secret: string, post: Post, number: number): Promise<number> {
  const code = `E_TROUBLE_${number}`
  const ids = Array.from({ length: 20 }, (_, index) => `troubled-${number}-${index}`)
  const subject = ids.find((id) => !isHoldout(id, `error_occurred:${code}`, defaultProactiveSettings.holdout)) ?? ''
  const token = await signedToken(secret, { role: 'customer', subject })
  const failures = [20, 10, 0].map((before) => ({
    kind: 'error_occurred',
    at: new Date(Date.now() - minutes(before)).toISOString(),
    detail: { code },
  }))
  const offers = await followDrafts(url, token)
  try {
    await post(token, failures.slice(0, 2))
    const sent = performance.now()
    await post(token, failures.slice(2))
    const late = delay(longestWaitMs, Infinity, { ref: false })
    return (await Promise.race([offers.offered, late])) - sent
  } finally {
    offers.close()
  }
}

/** Subscribes to the drafts of a customer, who has none yet. `offered` resolves with the moment of the first. */
async function followDrafts(
  url: string,
  token: string,
): Promise<{ readonly offered: Promise<number>; readonly close: () => void }> {
  const { WebSocket } = await import('ws').catch((cause: unknown) => {
    throw new Error('the bench needs ws: run it in a clone, after npm ci', { cause })
  })
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const send = (message: object): void => socket.send(JSON.stringify(message))
  const query = 'subscription { draftsChanged { drafts { number } } }'
  let offer: (at: number) => void = () => undefined
  const offered = new Promise<number>((resolve) => {
    offer = resolve
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.on('open', () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    socket.on('message', (data: Buffer) => {
      const text = data.toString()
      if (text.includes('"connection_ack"')) send({ id: '1', type: 'subscribe', payload: { query } })
      else if (text.includes('"ping"')) send({ type: 'pong' })
      else if (/"errors?"/.test(text)) reject(new Error(`a subscription failed: ${text}`))
      else if (text.includes('"number"')) offer(performance.now())
      else resolve()
    })
  })
  return { offered, close: () => socket.terminate() }
}
