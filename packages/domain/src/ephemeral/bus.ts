/** What a message of the bus may hold: JSON. */
export type BusPayload =
  string | number | boolean | null | readonly BusPayload[] | { readonly [key: string]: BusPayload }

/** The longest message, in bytes: its topic and its payload as JSON. A longer one is for the log or for a file. */
export const longestBusMessage = 262_144

/**
 * Carries what nobody needs to know later, such as who types, between the processes of a desk. Nothing is stored. A message reaches each
 * subscriber of its topic once or not at all; messages of one process arrive in their order.
 */
export type EphemeralBus = {
  /**
   * Passes a message to the subscribers of this process soon, and to those of others as soon as possible. With a `key`, a message that
   * still waits to be sent to other processes is replaced by a later one of the same topic and key.
   * @throws RangeError for a message longer than `longestBusMessage`.
   */
  publish(topic: string, payload: BusPayload, key?: string): void
  /**
   * Calls `receive` with each message of a topic, until the returned function is called. It must not throw, and messages from
   * other processes are not trusted: parse them.
   */
  subscribe(topic: string, receive: (payload: unknown) => void): () => void
  /**
   * Calls `announce` each time that messages of other processes arrive again after they did not, also the first time: some were lost
   * meanwhile. Returns a function that ends that.
   */
  onConnected(announce: () => void): () => void
  /** Whether messages of other processes arrive now. */
  isConnected(): boolean
  close(): Promise<void>
}

/** The subscribers of this process, by topic. */
type BusSubscribers = Pick<EphemeralBus, 'subscribe'> & { deliver(topic: string, payload: unknown): void }

/** Creates an empty list of subscribers. Each gets a message in a separate microtask, so that none disturbs another or the sender. */
export function busSubscribers(): BusSubscribers {
  const byTopic = new Map<string, Set<(payload: unknown) => void>>()
  return {
    subscribe: (topic, receive) => {
      const listener = (payload: unknown): void => receive(payload)
      const subscribers = byTopic.get(topic) ?? new Set()
      byTopic.set(topic, subscribers.add(listener))
      return () => {
        subscribers.delete(listener)
        if (subscribers.size === 0 && byTopic.get(topic) === subscribers) byTopic.delete(topic)
      }
    },
    deliver: (topic, payload) => {
      for (const receive of byTopic.get(topic) ?? []) {
        void Promise.resolve().then(() => {
          if (byTopic.get(topic)?.has(receive)) receive(payload)
        })
      }
    },
  }
}

/** Returns a message as it is sent. @throws RangeError when it is too long. */
export function busMessage(topic: string, payload: BusPayload): string {
  const text = JSON.stringify([topic, payload])
  if (3 * text.length > longestBusMessage && bytesOf(text) > longestBusMessage) {
    throw new RangeError(`a message of the bus has at most ${longestBusMessage} bytes`)
  }
  return text
}

const bytesOf = (text: string): number => encodeURIComponent(text).replaceAll(/%../g, '-').length

/** A bus within one process, for a desk with one server, for tests and for embedding. */
export function inProcessBus(): EphemeralBus {
  const { subscribe, deliver } = busSubscribers()
  return {
    publish: (topic, payload) => deliver(topic, (JSON.parse(busMessage(topic, payload)) as unknown[])[1]),
    subscribe,
    onConnected: (announce) => {
      announce()
      return () => undefined
    },
    isConnected: () => true,
    close: async () => undefined,
  }
}
