import { z } from 'zod'
import type { ChatSide, EphemeralBus } from '@guichet/domain'

/** What one side of a call sends to the other, so that their browsers find each other: JSON, at most `longestSignal` characters. */
export type CallSignal = {
  /** Unique in its call: a signal that arrives again has the same id. */
  readonly id: string
  readonly from: ChatSide
  readonly data: string
}

/**
 * The signals of calls, between all processes of the desk. They hold addresses of people, and are stored nowhere: each process
 * keeps those of the last minute, for a side that joins late or connects again.
 */
export type LiveCallSignals = {
  send(call: string, signal: CallSignal): void
  /** Calls the listener with the kept signals of a call, then with each further one, until the returned function is called. */
  follow(call: string, listener: (signal: CallSignal) => void): () => void
  close(): void
}

/** The longest signal, in characters: a description of a session with many tracks fits, and it fits into a message of the bus. */
export const longestSignal = 32_000

const keptForMs = 60_000

/** The most signals kept of a call, and the most calls of which any are kept. */
export const signalLimit = 100
const mostCalls = 1_000

const topic = 'call signals'

const sentSchema = z.object({
  call: z.string().max(500),
  id: z.string().max(200),
  from: z.enum(['customer', 'desk']),
  data: z.string().max(longestSignal),
})

type Call = {
  signals: readonly { readonly signal: CallSignal; readonly at: number }[]
  readonly listeners: Set<(signal: CallSignal) => void>
  timer: NodeJS.Timeout | undefined
}

/** Passes signals over a bus. `now` is in milliseconds. */
export function liveCallSignals(
  bus: Pick<EphemeralBus, 'publish' | 'subscribe'>,
  now = () => performance.now(),
): LiveCallSignals {
  const calls = new Map<string, Call>()

  const callOf = (key: string): Call => {
    const call = calls.get(key) ?? { signals: [], listeners: new Set(), timer: undefined }
    if (calls.size < mostCalls) calls.set(key, call)
    return call
  }
  const forget = (key: string, call: Call): void => {
    clearTimeout(call.timer)
    call.signals = call.signals.filter(({ at }) => at > now() - keptForMs).slice(-signalLimit)
    if (call.signals.length > 0) call.timer = setTimeout(() => forget(key, call), keptForMs).unref()
    else if (call.listeners.size === 0) calls.delete(key)
  }
  const receive = (key: string, signal: CallSignal): void => {
    const call = callOf(key)
    if (call.signals.some((entry) => entry.signal.id === signal.id && entry.signal.from === signal.from)) return
    call.signals = [...call.signals, { signal, at: now() }]
    forget(key, call)
    for (const listener of call.listeners) listener(signal)
  }
  const leave = bus.subscribe(topic, (payload) => {
    const { success, data: sent } = sentSchema.safeParse(payload)
    if (success) receive(sent.call, { id: sent.id, from: sent.from, data: sent.data })
  })

  return {
    send: (call, { id, from, data }) => bus.publish(topic, { call, id, from, data }),
    follow: (key, listener) => {
      const call = callOf(key)
      forget(key, call)
      calls.set(key, call)
      const deliver = (signal: CallSignal): void => listener(signal)
      for (const { signal } of call.signals) deliver(signal)
      call.listeners.add(deliver)
      return () => {
        call.listeners.delete(deliver)
        forget(key, call)
      }
    },
    close: () => {
      leave()
      for (const { timer } of calls.values()) clearTimeout(timer)
      calls.clear()
    },
  }
}
