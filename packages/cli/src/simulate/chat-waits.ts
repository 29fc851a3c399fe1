import type { Chat, ChatBoard, ChatState } from '@guichet/domain'
import { priorities, takesWork } from '@guichet/domain'
import type { ExpectedWait } from '@guichet/projections'
import { createPaceCount, expectedWait } from '@guichet/projections'

/** How well the waits of visitors were foreseen when their chats began. */
export type ForeseenWaits = {
  /** The chats for which a wait above zero was expected, and that an agent took. */
  readonly estimates: number
  /** The median of the difference as a share of the actual wait; null without estimates. */
  readonly medianError: number | null
  /** The share of the waits that lay in the range shown; null without estimates. */
  readonly withinRange: number | null
}

/** Compares the waits that are expected when chats begin with how long they wait until an agent takes them. */
export type WaitWatch = {
  /** Notes what is expected for a chat that has just begun, at a time in milliseconds. */
  begun(id: string, chat: Chat, at: number): void
  /** Notes the change of a chat. */
  changed(id: string, before: ChatState, after: ChatState, at: number): void
  foreseen(): ForeseenWaits
}

const urgency = ({ priority }: Chat): number => priorities.indexOf(priority)

/** Watches the chats of a board. The pace of the desk is counted as the read model of the queue counts it. */
export function watchWaits(board: ChatBoard): WaitWatch {
  const expected = new Map<string, { readonly at: number; readonly wait: ExpectedWait }>()
  const handled = new Map<string, number>()
  const takenIds = new Set<string>()
  const pace = createPaceCount()
  const outcomes: { readonly error: number; readonly within: boolean }[] = []

  const placesNow = () => {
    const available = board.roster.colleagues().filter(({ agent }) => takesWork(agent))
    const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
    return {
      places: sum(available.map(({ agent }) => agent.profile.capacity.chat)),
      freePlaces: sum(available.map(({ agent, load }) => Math.max(0, agent.profile.capacity.chat - load.chat))),
    }
  }

  return {
    begun: (id, chat, at) => {
      const ahead = board.waiting().filter((each) => each.id !== id && urgency(each.chat) >= urgency(chat))
      const wait = expectedWait(ahead.length + 1, pace.paceAt(at, placesNow()))
      if (wait && wait.mean > 0) expected.set(id, { at, wait })
    },
    changed: (id, before, after, at) => {
      if (before.status === 'active' && after.status !== 'active' && before.joinedAt !== undefined)
        handled.set(id, (handled.get(id) ?? 0) + at - Date.parse(before.joinedAt))
      if (before.status === 'waiting' && after.status === 'active' && !takenIds.has(id)) {
        takenIds.add(id)
        pace.left(at, true)
        const guess = expected.get(id)
        const waited = at - (guess?.at ?? at)
        if (guess && waited > 0) {
          const { mean, from, to } = guess.wait
          outcomes.push({ error: Math.abs(mean - waited) / waited, within: waited >= from && waited <= to })
        }
      }
      if (before.status === 'closed' && after.status !== 'closed') handled.delete(id)
      if (after.status !== 'closed' || before.status === 'closed') return
      const handling = handled.get(id)
      if (handling !== undefined) pace.closed(at, handling)
      else if (after.closed?.reason === 'abandoned' || after.closed?.reason === 'gone') pace.left(at, false)
    },
    foreseen: () => {
      const errors = outcomes.map(({ error }) => error).sort((a, b) => a - b)
      const within = outcomes.filter(({ within }) => within).length
      return {
        estimates: errors.length,
        medianError: errors[Math.floor(errors.length / 2)] ?? null,
        withinRange: errors.length === 0 ? null : within / errors.length,
      }
    },
  }
}
