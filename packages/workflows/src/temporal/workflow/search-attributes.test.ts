import { expect, it } from 'vitest'
import type { WorkflowState } from './clock-state.ts'
import { changedAttributes, firstAttributesOf, searchAttributes } from './clock-state.ts'

const start: WorkflowState = {
  stream: 'ticket-1',
  deadlines: [{ kind: 'chase', dueAt: '2026-03-02T10:00:00.000Z', cycle: 1 }],
  labels: { status: 'waiting_customer', priority: 'normal', breached: false },
}

it('writes only the attributes that differ from those at a clock’s start', () => {
  const now: WorkflowState = {
    ...start,
    labels: { status: 'closed', priority: 'normal', breached: false },
    deadlines: [],
  }
  expect(changedAttributes(start, now)).toEqual([
    { key: searchAttributes.status, value: 'closed' },
    { key: searchAttributes.nextDueKind, value: null },
    { key: searchAttributes.nextDue, value: null },
  ])
  expect(changedAttributes(start, { ...start, deadlines: [...start.deadlines] })).toEqual([])
})

it('starts with only the attributes that have a value', () => {
  expect(firstAttributesOf(start).map(({ key }) => key.name)).toEqual([
    'GuichetStatus',
    'GuichetPriority',
    'GuichetNextDueKind',
    'GuichetNextDue',
    'GuichetBreached',
  ])
  expect(firstAttributesOf({ stream: 'ticket-1', deadlines: start.deadlines })).toEqual([])
})
