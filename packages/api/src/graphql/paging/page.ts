import type { Page } from '@guichet/projections'
import { edgeError } from '../../errors/index.ts'
import { fromCursor } from './cursor.ts'

/** The arguments of a list: exactly one of `first` and `last`. */
export type PageArgs = {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
}

export const largestPage = 100

/** The page that a list's arguments ask for; throws `page_size_invalid` or `cursor_invalid`. */
export function toPage(list: string, { first, last, after, before }: PageArgs): Page {
  const limit = first ?? last
  if (limit == null || (first != null && last != null)) throw edgeError('page_size_invalid')
  assertPageSize(first == null ? 'last' : 'first', limit)
  return {
    limit,
    backward: first == null,
    ...(after != null && { after: fromCursor(list, after) }),
    ...(before != null && { before: fromCursor(list, before) }),
  }
}

/** Throws `page_size_invalid`, naming the argument, unless a page may be that large. */
export function assertPageSize(argument: string, size: number): void {
  if (size >= 1 && size <= largestPage) return
  throw edgeError('page_size_invalid', `${argument} must be from 1 to ${largestPage}`)
}
