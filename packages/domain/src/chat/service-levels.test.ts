import { describe, expect, it } from 'vitest'
import { checkConsistency } from '../configuration/consistency.ts'
import { sectionsSchema } from '../configuration/configuration.ts'
import { after, camille, chatEvent, chatStarted } from '../testing/examples.ts'
import { nothing, specifyChat } from '../testing/specification.ts'

const clock = { kind: 'system', id: 'clock' } as const
const seconds = (n: number) => n * 1_000
const fire = { type: 'fire', kind: 'chat_answer', cycle: 1, dueAt: after(seconds(30)) } as const
const late = { by: clock, at: after(seconds(31)) } as const
const agent = { id: 'alex', name: 'Alex Martin' } as const
const taken = [
  chatEvent('ChatOffered', { round: 1, agent, agentVersion: 1, expiresAt: after(seconds(20)) }, { by: clock }),
  chatEvent('ChatAccepted', { round: 1, agent }),
]

describe('the answer times of a chat', () => {
  const sla = {
    policies: [
      { name: 'gold', applies: { plans: ['gold'] }, firstAnswer: '10s', nextAnswer: '30s' },
      { name: 'pressing', applies: { priorities: ['urgent'], categories: ['technical'] }, firstAnswer: '15s' },
    ],
  }
  const policy = { plans: ['gold', 'silver'], categories: { technical: {}, 'technical/login': {} } } as object
  const start = (more: object) =>
    specifyChat({ sla } as object, policy).when(
      { type: 'start', customer: { id: 'camille' }, ...more },
      { by: { kind: 'system', id: 'widget' } },
    )

  const timesOf = (policyName: string, firstAnswer: number, nextAnswer: number, more: object) => {
    const { then, state } = start(more)
    then({ type: 'ChatStarted', slaPolicy: policyName })
    expect(state).toMatchObject({
      times: { firstAnswerWithin: seconds(firstAnswer), nextAnswerWithin: seconds(nextAnswer) },
    })
  }

  it('are those of the first policy that applies at the start', () => {
    timesOf('gold', 10, 30, { plan: 'gold', priority: 'urgent' })
  })

  it('are those of the organisation of the customer, which the chat holds from its start', () => {
    const policies = [{ name: 'acme', applies: { organisations: ['acme'] }, firstAnswer: '10s' }]
    const { then, state } = specifyChat({ sla: { policies } }, policy).when(
      { type: 'start', customer: { id: 'camille' }, account: { organisationId: 'acme' } },
      { by: { kind: 'system', id: 'widget' } },
    )
    then({ type: 'ChatStarted', slaPolicy: 'acme', organisationId: 'acme' })
    expect(state).toMatchObject({ times: { firstAnswerWithin: seconds(10) } })
  })

  it('are those of the desk where a policy names none, or none applies', () => {
    timesOf('pressing', 15, 120, { priority: 'urgent', category: 'technical/login' })
    timesOf('default', 30, 120, { plan: 'silver' })
  })

  it('name plans and categories that the desk has, each policy once', () => {
    const policies = [
      { name: 'a', applies: { plans: ['gold'] } },
      { name: 'a', applies: { categories: ['sales'] } },
    ]
    expect(checkConsistency(sectionsSchema.parse({ plans: ['silver'], chat: { sla: { policies } } }))).toEqual(
      expect.arrayContaining([
        { path: ['chat', 'sla', 'policies', 1, 'name'], message: 'occurs twice: a' },
        {
          path: ['chat', 'sla', 'policies', 0, 'applies', 'plans', 0],
          message: 'there is no plan gold; there is silver',
        },
        { path: ['chat', 'sla', 'policies', 1, 'applies', 'categories', 0], message: 'there is no category sales' },
      ]),
    )
  })
})

describe('an overdue answer', () => {
  it('is escalated once, and moves a chat that waits up by one priority', () => {
    const { given } = specifyChat()
    const { then, state } = given(chatStarted()).when(fire, late)
    then([
      { type: 'ChatAnswerOverdue', first: true },
      { type: 'ChatEscalated', first: true, team: 'supervisors', from: 'normal', to: 'high' },
    ])
    expect(state).toMatchObject({ status: 'waiting', priority: 'high', awaitedReply: { from: 'desk', overdue: true } })
    const overdue = chatEvent('ChatAnswerOverdue', { first: true, since: after(0), dueAt: fire.dueAt }, late)
    given(chatStarted(), overdue).when(fire, late).then(nothing)
  })

  it('leaves the highest priority, and that of a chat with an agent, as it is', () => {
    const { given } = specifyChat()
    given(chatStarted({ priority: 'urgent' }))
      .when(fire, late)
      .then([{ type: 'ChatAnswerOverdue' }, { type: 'ChatEscalated', from: 'urgent', to: 'urgent' }])
    given(chatStarted(), ...taken)
      .when(fire, late)
      .then([{ type: 'ChatAnswerOverdue' }, { type: 'ChatEscalated', from: 'normal', to: 'normal' }])
  })

  it('alerts the team of the configuration, which may keep the priority', () => {
    specifyChat({ sla: { escalateTo: 'floor', raisePriority: false } })
      .given(chatStarted())
      .when(fire, late)
      .then([{ type: 'ChatAnswerOverdue' }, { type: 'ChatEscalated', team: 'floor', from: 'normal', to: 'normal' }])
  })

  it('is escalated again when the customer waits again', () => {
    const answered = chatEvent(
      'ChatMessageSent',
      { messageId: 'a', kind: 'text', body: 'Bonjour' },
      { at: after(seconds(5)) },
    )
    const asked = chatEvent(
      'ChatMessageSent',
      { messageId: 'q', kind: 'text', body: 'Et ?' },
      { at: after(seconds(9)), by: camille },
    )
    const dueAt = after(seconds(9 + 120))
    specifyChat()
      .given(chatStarted(), ...taken, answered, asked)
      .when({ ...fire, cycle: 3, dueAt }, { by: clock, at: dueAt })
      .then([
        { type: 'ChatAnswerOverdue', first: false },
        { type: 'ChatEscalated', first: false, since: after(seconds(9)) },
      ])
  })
})
