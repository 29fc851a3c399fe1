import type { EphemeralBus } from '@guichet/domain'
import { editingTimes, typingTimes } from '@guichet/domain'
import type { LiveCallSignals } from './call-signals.ts'
import { liveCallSignals } from './call-signals.ts'
import type { LiveHeartbeats } from './heartbeats.ts'
import { liveHeartbeats } from './heartbeats.ts'
import type { LivePresence } from './presence.ts'
import { livePresence } from './presence.ts'

/** What is known of people at this moment and stored nowhere. */
export type Live = {
  /** Who types in which conversation. */
  readonly typing: LiveHeartbeats
  /** Who edits which article. */
  readonly editing: LiveHeartbeats
  readonly presence: LivePresence
  readonly callSignals: LiveCallSignals
  close(): void
}

/** Starts typing, editing, presence and the signals of calls over a bus, which the caller closes afterwards. */
export function startLive(bus: EphemeralBus): Live {
  const typing = liveHeartbeats(bus, { topic: 'typing', times: typingTimes })
  const editing = liveHeartbeats(bus, { topic: 'editing', times: editingTimes, keepsAll: true })
  const presence = livePresence(bus)
  const callSignals = liveCallSignals(bus)
  return {
    typing,
    editing,
    presence,
    callSignals,
    close: () => {
      typing.close()
      editing.close()
      presence.close()
      callSignals.close()
    },
  }
}
