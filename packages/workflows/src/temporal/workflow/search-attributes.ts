import type { SearchAttributePair, SearchAttributeType, SearchAttributeUpdatePair } from '@temporalio/common'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { ClockState } from './clock-state.ts'

/** As the SDK has it, which exports no name for it. */
type Key<T extends SearchAttributeType> = { readonly name: string; readonly type: T }

const key = <T extends SearchAttributeType>(name: string, type: T): Key<T> => defineSearchAttributeKey(name, type)

/** By what the clocks can be filtered in the Temporal UI. */
export const searchAttributes = {
  status: key('GuichetStatus', 'KEYWORD'),
  priority: key('GuichetPriority', 'KEYWORD'),
  category: key('GuichetCategory', 'KEYWORD'),
  nextDueKind: key('GuichetNextDueKind', 'KEYWORD'),
  nextDue: key('GuichetNextDue', 'DATETIME'),
  breached: key('GuichetBreached', 'BOOL'),
  sla: key('GuichetSla', 'KEYWORD'),
  slaSince: key('GuichetSlaSince', 'DATETIME'),
  breachAt: key('GuichetBreachAt', 'DATETIME'),
} as const

/** The search attributes of a clock; null where there is nothing to say, none at all without labels. */
export function attributesOf({ labels, deadlines }: ClockState): SearchAttributeUpdatePair[] {
  if (!labels) return []
  const [next] = deadlines
  return [
    { key: searchAttributes.status, value: labels.status ?? null },
    { key: searchAttributes.priority, value: labels.priority ?? null },
    { key: searchAttributes.category, value: labels.category ?? null },
    { key: searchAttributes.nextDueKind, value: next?.kind ?? null },
    { key: searchAttributes.nextDue, value: next ? new Date(next.dueAt) : null },
    { key: searchAttributes.breached, value: labels.breached },
    { key: searchAttributes.sla, value: labels.sla ?? null },
    { key: searchAttributes.slaSince, value: dateOf(labels.slaSince) },
    { key: searchAttributes.breachAt, value: dateOf(labels.breachAt) },
  ]
}

const dateOf = (instant: string | undefined): Date | null => (instant === undefined ? null : new Date(instant))

/** The search attributes that a clock starts with. */
export function firstAttributesOf(state: ClockState): SearchAttributePair[] {
  return attributesOf(state).filter((pair): pair is SearchAttributePair => pair.value !== null)
}

/** The search attributes that are others now than those that a clock was started with. */
export function changedAttributes(start: ClockState, now: ClockState): SearchAttributeUpdatePair[] {
  const before = attributesOf(start)
  return attributesOf(now).filter(({ value }, place) => value?.valueOf() !== before[place]?.value?.valueOf())
}
