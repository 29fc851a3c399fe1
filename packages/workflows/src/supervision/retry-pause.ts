import { pauseAfter } from '@guichet/eventstore'

const backOff = { first: 1_000, last: 300_000 }

/**
 * How many milliseconds to wait after so many tries: a second, doubled with each, five minutes at most. So do the retry policies of
 * the workflows that work for streams and deliveries.
 */
export const retryPause = (attempts: number): number => pauseAfter(attempts, backOff)
