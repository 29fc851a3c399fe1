import type { EphemeralBus } from '@guichet/domain'
import type { LiveCallSignals } from './call-signals.ts'
import { liveCallSignals } from './call-signals.ts'
import type { LivePresence } from './presence.ts'
import { livePresence } from './presence.ts'
import type { LiveTyping } from './typing.ts'
import { liveTyping } from './typing.ts'

/** What is known of people at this moment and stored nowhere. */
export type Live = {
  readonly typing: LiveTyping
  readonly presence: LivePresence
  readonly callSignals: LiveCallSignals
  close(): void
}

/** Starts typing, presence and the signals of calls over a bus, which the caller closes afterwards. */
export function startLive(bus: EphemeralBus): Live {
  const typing = liveTyping(bus)
  const presence = livePresence(bus)
  const callSignals = liveCallSignals(bus)
  return {
    typing,
    presence,
    callSignals,
    close: () => {
      typing.close()
      presence.close()
      callSignals.close()
    },
  }
}
