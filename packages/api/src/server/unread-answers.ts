import type { GraphQLError } from 'graphql'
import type { ServerResponse } from 'node:http'
import type { Principal } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'
import type { Limits } from './limits.ts'

/** Answers that were sent and that their clients have not taken yet: they stand in this process's memory. */
export type UnreadAnswers = {
  /** Counts an answer until its last byte has left, or its connection is gone; answers with why it is not to be sent. */
  hold(principal: Principal | undefined, bytes: number, response: ServerResponse): GraphQLError | undefined
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
  return {
    hold: (principal, bytes, response) => {
      const name = principal ? `${principal.role}:${principal.id}` : ''
      const own = unread.get(name) ?? 0
      if ((own > 0 && own + bytes > unreadBytes) || (together > 0 && together + bytes > principals * unreadBytes)) {
        return edgeError(
          'quota_exceeded',
          'too much of what was answered has not been read yet; read it, then ask again',
        )
      }
      add(name, bytes)
      let held = true
      const release = (): void => {
        if (held) add(name, -bytes)
        held = false
      }
      response.once('finish', release).once('close', release)
      return undefined
    },
  }
}
