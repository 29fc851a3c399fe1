import type { DraftEvent } from './draft-catalogue.ts'

/** What is left of the text of a draft, as far as anything was removed from it. */
type Remainder = { readonly subject?: string; readonly body?: string }

/**
 * A history of drafts without the text that was removed at any time in it from what their customer has sent: nobody is
 * shown that, as of whatever moment. Every event stays, in its place.
 */
export function withoutRedactedDrafts<E extends { readonly event: DraftEvent }>(history: readonly E[]): readonly E[] {
  const left = new Map<number, Remainder>()
  for (const { event } of history) addRemainder(left, event)
  if (left.size === 0) return history
  return history.map((each) => ({ ...each, event: withoutText(each.event, left) }))
}

function addRemainder(left: Map<number, Remainder>, event: DraftEvent): void {
  if (event.type !== 'DraftRedacted') return
  const { number, subject, body } = event
  left.set(number, {
    ...left.get(number),
    ...(subject !== undefined && { subject }),
    ...(body !== undefined && { body }),
  })
}

function withoutText(event: DraftEvent, left: ReadonlyMap<number, Remainder>): DraftEvent {
  if (event.type !== 'DraftOpened' && event.type !== 'DraftRedacted') return event
  return { ...event, ...left.get(event.number) }
}
