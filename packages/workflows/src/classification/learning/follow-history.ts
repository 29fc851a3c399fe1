import type { Desk } from '@guichet/domain'
import { setTimeout as delay } from 'node:timers/promises'
import type { Reaction } from '../../reaction/reaction.ts'
import { reactions } from '../../reaction/reactions.ts'

const pollMs = 100

/**
 * Waits until a reaction has followed the history to its present end, in this process or in another one that does so already.
 * @throws the signal's reason.
 */
export async function followHistory(
  desk: Desk,
  connectionString: string,
  reaction: Reaction,
  signal: AbortSignal,
): Promise<void> {
  const head = await desk.store.head()
  if (head === undefined) return
  const following = await reactions({ desk, connectionString, reactions: [reaction] })
  try {
    await following.start()
    for (;;) {
      const status = (await following.status()).find(({ name }) => name === reaction.name)
      if (status?.position !== undefined && desk.store.comparePositions(status.position, head) >= 0) return
      await delay(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  } finally {
    await following.stop()
  }
}
