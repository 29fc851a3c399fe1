import { agentDocuments } from './agent-documents.ts'
import type { Transport } from './transport.ts'

/** How often activity is reported at most, in milliseconds: five minutes without a report are away. */
const reportEveryMs = 60_000

/** Reports to the desk that somebody uses the page. Who does nothing is shown as away after a while. */
export function reportActivity({ ask }: Pick<Transport, 'ask'>): void {
  let reportedAt = -Infinity
  const active = (): void => {
    if (Date.now() - reportedAt < reportEveryMs) return
    reportedAt = Date.now()
    ask(agentDocuments.showPresence).catch(() => undefined)
  }
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'])
    document.addEventListener(type, active, { passive: true })
}
