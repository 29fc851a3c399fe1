import type { Principal } from '../auth/index.ts'
import { principalKey } from '../auth/index.ts'
import type { Limits } from './limits.ts'

/** Ends the counting of an answer: it has left, or its connection is gone. Only the first call counts. */
export type Release = () => void

/** Answers and results that were sent and that their clients have not taken yet: they stand in this process's memory. */
export type UnreadAnswers = {
  /** Counts an answer until it is released; undefined when it is not to be sent. */
  hold(principal: Principal | undefined, bytes: number): Release | undefined
  /** Counts an answer that is sent in any case. */
  count(principal: Principal | undefined, bytes: number): Release
}

/** How many principals may leave as much unread as one may. */
const principals = 8

/** One answer of a principal is sent however long it is, while nothing else of theirs is unread and there is room in the process. */
export function createUnreadAnswers({ unreadBytes }: Pick<Limits, 'unreadBytes'>): UnreadAnswers {
  const unread = new Map<string, number>()
  let together = 0
  const add = (name: string, bytes: number): void => {
    const left = (unread.get(name) ?? 0) + bytes
    if (left > 0) unread.set(name, left)
    else unread.delete(name)
    together += bytes
  }
  const counted = (name: string, bytes: number): Release => {
    add(name, bytes)
    let held = true
    return () => {
      if (held) add(name, -bytes)
      held = false
    }
  }
  return {
    hold: (principal, bytes) => {
      const name = nameOf(principal)
      const own = unread.get(name) ?? 0
      const full = together > 0 && together + bytes > principals * unreadBytes
      return full || (own > 0 && own + bytes > unreadBytes) ? undefined : counted(name, bytes)
    },
    count: (principal, bytes) => counted(nameOf(principal), bytes),
  }
}

const nameOf = (principal: Principal | undefined): string => (principal ? principalKey(principal) : '')
