import { expect, it } from 'vitest'
import { specifyChat } from '../testing/specification.ts'
import { chatSettingsSchema } from './settings.ts'

const by = { kind: 'customer', id: 'camille' } as const
const start = { type: 'start', customer: { id: 'camille', name: 'Camille Durand' } } as const
const welcomes = [
  { applies: { page: '/checkout', plans: ['gold'] }, texts: { fr: 'Un souci sur {{chat.page}} ?' } },
  {
    applies: { channels: ['web' as const] },
    texts: { fr: 'Bonjour {{customer.firstName}} !', en: 'Hello {{customer.firstName}}!' },
  },
]
const desk = specifyChat({ welcomes }, { plans: new Set(['gold']) })

it('greets a customer in the language of the chat, before their first message', () => {
  const greeting = { type: 'ChatMessageSent', messageId: 'welcome', kind: 'automatic' } as const
  const message = { messageId: 'm1', body: 'Bonjour' }
  const { then, state } = desk.when({ ...start, message }, { by })
  then([
    { type: 'ChatStarted' },
    { ...greeting, body: 'Bonjour Camille !', by: { kind: 'system', id: 'chat' } },
    { type: 'ChatMessageSent', messageId: 'm1', by },
  ])
  expect(state).toMatchObject({ awaitedReply: { from: 'desk', cycle: 1 }, messageCount: 2 })
  expect(state).not.toHaveProperty('answeredAt')
  desk
    .when({ ...start, language: 'en-GB' }, { by })
    .then([{ type: 'ChatStarted' }, { ...greeting, body: 'Hello Camille!' }])
})

it('greets by the page and the plan, in the first row that applies', () => {
  const context = { page: '/checkout/pay' }
  desk
    .when({ ...start, context, plan: 'gold' }, { by: { kind: 'system', id: 'widget' } })
    .then([{ type: 'ChatStarted' }, { type: 'ChatMessageSent', body: 'Un souci sur /checkout/pay ?' }])
  desk.when({ ...start, channel: 'mobile' }, { by }).then({ type: 'ChatStarted' })
})

it('names the alerts of a customer, and greets those who have one by rows of their own', () => {
  const alerted = specifyChat({
    welcomes: [
      {
        applies: { alerts: 'critical' as const },
        texts: { fr: 'J’ai détecté {{customer.criticalAlerts}} alerte(s) critique(s).' },
      },
      { applies: { alerts: 'active' as const }, texts: { fr: 'Vous avez {{customer.alerts}} alertes actives.' } },
      { texts: { fr: 'Bonjour ! ({{customer.alerts}})' } },
    ],
  })
  const greeted = (alerts?: { readonly active: number; readonly critical: number }) =>
    alerted.when({ ...start, ...(alerts && { alerts }) }, { by })
  const says = (body: string) => [{ type: 'ChatStarted' as const }, { type: 'ChatMessageSent' as const, body }]
  greeted({ active: 2, critical: 1 }).then(says('J’ai détecté 1 alerte(s) critique(s).'))
  greeted({ active: 2, critical: 0 }).then(says('Vous avez 2 alertes actives.'))
  greeted({ active: 0, critical: 0 }).then(says('Bonjour ! (0)'))
  greeted().then(says('Bonjour ! (0)'))
})

it('never has two messages of one id', () => {
  const message = { messageId: 'welcome', body: 'Bonjour' }
  desk
    .when({ ...start, message }, { by })
    .then([{ type: 'ChatStarted' }, { type: 'ChatMessageSent', messageId: 'welcome-1' }, { type: 'ChatMessageSent' }])
})

it('takes the placeholders that have a value at the start, and no others', () => {
  const fault = (text: string) =>
    chatSettingsSchema.safeParse({ welcomes: [{ texts: { fr: text } }] }).error?.issues[0]?.message
  expect(fault('{{customer.name}}, {{chat.page}}')).toBeUndefined()
  expect(fault('{{chat.queue}}')).toBe('there is no placeholder {{chat.queue}} in a welcome')
  expect(fault('{{agent.name}}')).toBe('there is no placeholder {{agent.name}} in a welcome')
})
