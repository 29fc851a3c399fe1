import type { Delivery, DeliveryChannel } from './delivery.ts'

/** What became of a try: a refusal is final, and says why. */
export type Sent = { readonly sent: true } | { readonly sent: false; readonly refused: string }

/**
 * The port behind which everything stands that takes deliveries out of Guichet. Throwing means that it may work later:
 * `TryAgain` when the receiver said so, anything else likewise. Whoever receives sees the key of the delivery, the same at
 * each try, by which a repetition is known.
 */
export type Transport = {
  /** Sends within some ten seconds, or sooner when the signal comes. */
  send(delivery: Delivery, options: { readonly signal: AbortSignal }): Promise<Sent>
  /** Lets connections go. */
  close(): Promise<void>
}

/** What takes the deliveries of each channel; for a channel without a transport none are recorded. */
export type Transports = Readonly<Partial<Record<DeliveryChannel, Transport>>>

/** A try that did not work, and may later. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain'
  /** How long the receiver wants to be left alone, in milliseconds. */
  readonly afterMs: number | undefined

  constructor(message: string, options: { readonly afterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.afterMs = options.afterMs
  }
}
