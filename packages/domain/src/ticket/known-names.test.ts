import { describe, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import { alex, camille, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import type { TicketPolicy } from './policy.ts'
import { defaultTicketPolicy } from './policy.ts'

const billing = { path: 'billing', leaf: true, label: undefined, priority: undefined, escalateTo: undefined }
const categories = new Map([['billing', billing]]) as unknown as NonNullable<TicketPolicy['categories']>
const policy = { ...defaultTicketPolicy, categories, plans: new Set(['premium']) }
const { given, when } = specifyTicket({ policy })
const gateway = { kind: 'system', id: 'gateway' } as const
const opening = { type: 'open', subject: 'Facture', body: 'Où ?', customer: { id: 'camille' } } as const

describe.each([
  ['an agent', alex],
  ['a service', gateway],
])('%s', (_, by) => {
  it('accepts only the categories of the desk', () => {
    when({ ...opening, category: 'bills' }, { by }).then(refused('category_unknown', 'category'))
    when({ ...opening, category: 'billing' }, { by }).then({ type: 'TicketOpened', category: 'billing' })
    given(ticketOpened())
      .when({ type: 'categorize', category: 'bills' }, { by })
      .then(refused('category_unknown', 'category'))
  })

  it('accepts only the plans of the desk', () => {
    when({ ...opening, plan: 'gold' }, { by }).then(refused('plan_unknown', 'plan'))
    when({ ...opening, plan: 'premium' }, { by }).then({ type: 'TicketOpened', plan: 'premium' })
    given(ticketOpened()).when({ type: 'changePlan', plan: 'gold' }, { by }).then(refused('plan_unknown', 'plan'))
    given(ticketOpened({ plan: 'premium' }))
      .when({ type: 'changePlan', plan: null }, { by })
      .then({ type: 'PlanChanged', from: 'premium' })
    given(ticketOpened({ plan: 'gold' }))
      .when({ type: 'changePlan', plan: 'gold' }, { by })
      .then(nothing)
  })

  it('accepts any when the desk has none', () => {
    const open = specifyTicket({ policy: { ...defaultTicketPolicy, plans: new Set() } }).when
    open({ ...opening, category: 'bills', plan: 'gold' }, { by }).then({
      type: 'TicketOpened',
      category: 'bills',
      plan: 'gold',
    })
  })
})

describe('the priority of a ticket', () => {
  const urgent = { ...opening, priority: 'urgent' } as const
  const restrained = specifyTicket({ policy: { ...policy, customerPriorities: ['low', 'normal'] } }).when

  it('is set by customers as far as the desk lets them', () => {
    restrained(urgent, { by: camille }).then(refused('priority_not_for_customers', 'priority'))
    restrained({ ...opening, priority: 'low' }, { by: camille }).then({ type: 'TicketOpened', priority: 'low' })
    restrained(opening, { by: camille }).then({ type: 'TicketOpened', priority: 'normal' })
    const silenced = specifyTicket({ policy: { ...policy, customerPriorities: [] } }).when
    silenced({ ...opening, priority: 'normal' }, { by: camille }).then(
      refused('priority_not_for_customers', 'priority'),
    )
    silenced(opening, { by: camille }).then({ type: 'TicketOpened', priority: 'normal' })
  })

  it('is set by the desk and its services, and follows from the category', () => {
    for (const by of [alex, gateway]) restrained(urgent, { by }).then({ type: 'TicketOpened', priority: 'urgent' })
    const pressing = new Map([['outage', { ...billing, path: 'outage', priority: 'urgent' }]])
    const { when: under } = specifyTicket({
      policy: { ...policy, customerPriorities: [], categories: pressing as unknown as typeof categories },
    })
    under({ ...opening, category: 'outage' }, { by: camille }).then({ type: 'TicketOpened', priority: 'urgent' })
  })

  it('is set freely by customers when the desk has no list', () => {
    when(urgent, { by: camille }).then({ type: 'TicketOpened', priority: 'urgent' })
  })
})

describe('names that the desk does not have', () => {
  it('are accepted with the history of another desk, and with the ticket that a message is split off', () => {
    when({ ...opening, category: 'bills', anyCategory: true }, { by: gateway }).then({
      type: 'TicketOpened',
      category: 'bills',
    })
    const splitFrom = { ticketId: 'T0', messageId: 'm1', waitingSince: ticketOpened().at }
    when({ ...opening, plan: 'gold', splitFrom }).then({ type: 'TicketOpened', plan: 'gold' })
  })

  it('are accepted from a customer’s token, which the sender cannot correct', () => {
    when({ ...opening, plan: 'gold' }, { by: camille }).then({ type: 'TicketOpened', plan: 'gold' })
  })

  it('are ignored in the result of a classifier', () => {
    const result = { confidence: 1, classifier: 'service', version: '1', category: 'bills' }
    given(ticketOpened())
      .when({ type: 'classify', ...result }, { by: clockActor })
      .then(nothing)
  })
})
