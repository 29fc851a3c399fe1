import type { EphemeralBus } from '@guichet/domain'
import type { LivePresence } from './presence.ts'
import { livePresence } from './presence.ts'
import type { LiveTyping } from './typing.ts'
import { liveTyping } from './typing.ts'

/** What is known of people at this moment and stored nowhere. */
export type Live = { readonly typing: LiveTyping; readonly presence: LivePresence; close(): void }

/** Starts typing and presence over a bus, which the caller closes afterwards. */
export function startLive(bus: EphemeralBus): Live {
  const typing = liveTyping(bus)
  const presence = livePresence(bus)
  return {
    typing,
    presence,
    close: () => {
      typing.close()
      presence.close()
    },
  }
}
