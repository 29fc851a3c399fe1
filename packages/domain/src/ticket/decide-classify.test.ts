import { describe, expect, it } from 'vitest'
import { categoriesOf } from '../category.ts'
import { limits } from '../kernel/limits.ts'
import { after, camille, monday, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import type { TicketCommandInput } from './commands.ts'
import { defaultTicketPolicy } from './policy.ts'

const { given, when } = specifyTicket()
const system = { by: { kind: 'system', id: 'classifier' } } as const
const classify = {
  type: 'classify',
  category: 'billing/invoice',
  tags: ['invoice'],
  priority: 'high',
  confidence: 0.91,
  classifier: 'model',
  version: 'v1',
  alternatives: [{ category: 'billing/invoice', confidence: 0.91 }],
  reasons: [{ evidence: 'facture', weight: 1.2 }],
} as const satisfies TicketCommandInput
const { type: _, ...result } = classify

describe('a classification', () => {
  it('sets category, tags and priority, with its reasons', () => {
    given(ticketOpened())
      .when(classify, system)
      .then({ type: 'TicketClassified', ...result, policyVersion: 'guichet-default-1' })
  })

  it('leaves a category that somebody has set', () => {
    const rest = {
      type: 'TicketClassified' as const,
      category: undefined,
      priority: 'high' as const,
      tags: ['invoice'],
    }
    given(ticketOpened({ category: 'account' }))
      .when(classify, system)
      .then(rest)
    given(ticketOpened(), ticketEvent('TicketCategorized', { to: 'account' }))
      .when(classify, system)
      .then(rest)
  })

  it('leaves a priority that somebody has set, even back to normal', () => {
    const rest = { type: 'TicketClassified', category: 'billing/invoice', priority: undefined } as const
    given(ticketOpened({ priority: 'low' }))
      .when(classify, system)
      .then(rest)
    given(ticketOpened({ priority: 'normal', priorityGiven: true }))
      .when(classify, system)
      .then(rest)
    const raised = ticketEvent('PriorityChanged', { from: 'normal', to: 'urgent' })
    const lowered = ticketEvent('PriorityChanged', { from: 'urgent', to: 'normal' })
    given(ticketOpened(), raised, lowered).when(classify, system).then(rest)
  })

  it('leaves the priority of the opening, even a normal one, and changes that of a category', () => {
    const categories = categoriesOf([{ name: 'billing', priority: 'high' }])
    const desk = specifyTicket({ policy: { ...defaultTicketPolicy, categories } })
    const opening = { type: 'open', subject: 'x', body: 'x', customer: { id: 'camille' } } as const
    const opened = (changes: Partial<TicketCommandInput>) => {
      const { decision } = desk.when({ ...opening, ...changes } as TicketCommandInput, { by: camille })
      return desk.given(...(decision.ok ? decision.value : []))
    }
    const urgent = { ...classify, category: undefined, priority: 'urgent' } as const
    opened({ priority: 'normal' }).when(urgent, system).then({ type: 'TicketClassified', priority: undefined })
    opened({ category: 'billing' }).when(urgent, system).then({ type: 'TicketClassified', priority: 'urgent' })
    opened({ category: 'billing', priority: 'high' })
      .when(urgent, system)
      .then({ type: 'TicketClassified', priority: undefined })
  })

  it('adds no tag twice, and no more than the limit', () => {
    given(ticketOpened({ tags: ['invoice'] }))
      .when({ ...classify, tags: ['invoice', 'vat', 'vat'] }, system)
      .then({ type: 'TicketClassified', tags: ['vat'] })
    const full = Array.from({ length: limits.tags }, (_, n) => `t${n}`)
    given(ticketOpened({ tags: full }))
      .when(classify, system)
      .then({ type: 'TicketClassified', tags: [] })
  })

  it('changes the terms of targets from its moment on, unless it only adds tags', () => {
    const later = { ...system, at: after(60_000) }
    const clocksOf = (command: TicketCommandInput) => given(ticketOpened()).when(command, later).state
    expect(clocksOf(classify)).toMatchObject({ clocks: { termsSince: after(60_000) } })
    const tagsOnly = { ...classify, category: undefined, priority: undefined }
    expect(clocksOf({ ...tagsOnly, tags: ['vat'] })).toMatchObject({ tags: ['vat'], clocks: { termsSince: monday } })
  })

  it('ignores a category that the desk does not have, and sets the priority of one that it has', () => {
    const categories = categoriesOf([{ name: 'billing', priority: 'urgent', subcategories: [{ name: 'invoice' }] }])
    const configured = specifyTicket({ policy: { ...defaultTicketPolicy, categories } }).given(ticketOpened())
    configured
      .when({ ...classify, category: 'sales', priority: undefined }, system)
      .then({ type: 'TicketClassified', category: undefined, priority: undefined, tags: ['invoice'] })
    configured
      .when({ ...classify, priority: undefined }, system)
      .then({ type: 'TicketClassified', category: 'billing/invoice', priority: 'urgent' })
    configured.when(classify, system).then({ type: 'TicketClassified', priority: 'high' })
  })

  it('with nothing to set stores nothing', () => {
    given(ticketOpened({ category: 'account' }))
      .when({ ...classify, tags: [], priority: 'normal' }, system)
      .then(nothing)
  })

  it('is made once: manual corrections stay', () => {
    const classified = ticketEvent('TicketClassified', {
      ...result,
      tags: ['invoice'],
      reasons: [],
      alternatives: [],
      policyVersion: 'p',
    })
    const untagged = ticketEvent('TicketUntagged', { tag: 'invoice' })
    given(ticketOpened(), classified).when(classify, system).then(nothing)
    given(ticketOpened(), classified, untagged)
      .when({ ...classify, version: 'v2', category: 'account' }, system)
      .then(nothing)
    given(ticketOpened(), classified)
      .when({ type: 'categorize', category: 'account' })
      .then({ type: 'TicketCategorized', from: 'billing/invoice', to: 'account' })
  })

  it('comes only from the desk itself, and to a ticket that exists and is not closed', () => {
    given(ticketOpened()).when(classify).then(refused('not_for_this_actor'))
    given(ticketOpened()).when(classify, { by: camille }).then(refused('not_for_this_actor'))
    when(classify, system).then(refused('ticket_not_found'))
    const closed = ticketEvent('TicketClosed', { from: 'new', reason: 'other' })
    given(ticketOpened(), closed).when(classify, system).then(refused('ticket_closed'))
    const merged = ticketEvent('TicketMerged', { into: 'T2' })
    given(ticketOpened(), merged, ticketEvent('TicketClosed', { from: 'new', reason: 'merged' }))
      .when(classify, system)
      .then(refused('ticket_merged'))
  })
})
