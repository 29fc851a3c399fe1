import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alex, byAlex, camille, chatOfLength, monday, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specify, specifyChat, specifyTicket } from '../testing/specification.ts'
import type { CannedReply, CannedTarget } from './canned-reply.ts'
import { cannedReplyAggregate } from './canned-reply.ts'
import type { Macro, MacroStep } from './macro.ts'
import { macroAggregate } from './macro.ts'
import type { CannedValues } from '../wording/placeholders.ts'
import { cannedPlaceholders, nameValues, renderCannedText, unknownPlaceholders } from '../wording/placeholders.ts'
import { cannedTextFor, chatCommandsOf, ticketCommandsOf } from './run-macro.ts'

const reply: Omit<CannedReply, 'status'> = {
  shortcut: 'hello',
  title: 'Hello',
  texts: { en: 'Hello {{customer.firstName}},' },
  targets: ['chat'],
}

describe('placeholders', () => {
  const values: CannedValues = { ...nameValues({ name: 'Zoé Dupont' }, { name: 'Alex Martin' }), 'ticket.number': '42' }

  it('are filled with values, in any spacing', () => {
    const text = 'Bonjour {{customer.firstName}}, {{ agent.firstName }} suit {{ticket.number}}.'
    expect(renderCannedText(text, values)).toBe('Bonjour Zoé, Alex suit 42.')
  })

  it('have a default of their own, one in the text, or take the space before them away', () => {
    expect(renderCannedText('Bonjour {{customer.firstName}}, ', {})).toBe('Bonjour, ')
    expect(renderCannedText('Hello {{customer.firstName|there}}!', {})).toBe('Hello there!')
    expect(renderCannedText('Place {{chat.queue}}', { 'chat.queue': ' ' })).toBe('Place –')
  })

  it('are not looked for in values', () => {
    const hostile = { 'customer.name': '{{agent.name}} <b>$&</b>', 'agent.name': 'Alex' }
    expect(renderCannedText('{{customer.name}}', hostile)).toBe('{{agent.name}} <b>$&</b>')
  })

  it('are known or named, whatever the text', () => {
    expect(unknownPlaceholders('{{customer.nam}} {{customer.name}} {{__proto__}} {{toString|x}}')).toEqual([
      'customer.nam',
      '__proto__',
      'toString',
    ])
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(...Object.keys(cannedPlaceholders)),
        fc.string(),
        (before, name, value) => {
          const clean = before.replaceAll(/[{}]/g, '')
          const rendered = renderCannedText(`${clean}{{${name}}}`, { [name]: value })
          expect(rendered).not.toContain(`{{${name}}}`)
          expect(unknownPlaceholders(`${clean}{{${name}}}`)).toEqual([])
        },
      ),
    )
  })
})

describe('a canned reply', () => {
  const { given, when } = specify(cannedReplyAggregate, { ...byAlex, aggregateId: 'r1' })
  const save = { type: 'save', ...reply } as const

  it('is saved, and saved again only when it says something else', () => {
    when(save).then({ type: 'CannedReplySaved', shortcut: 'hello', targets: ['chat'] })
    const saved = { type: 'CannedReplySaved', at: monday, by: alex, ...reply } as const
    given(saved).when(save).then(nothing)
    given(saved)
      .when({ ...save, title: 'Other' })
      .then({ type: 'CannedReplySaved', title: 'Other' })
    given(saved).when({ type: 'remove' }).then({ type: 'CannedReplyRemoved' })
    when({ type: 'remove' }).then(nothing)
  })

  it('has no unknown placeholder, and is not written by customers', () => {
    when({ ...save, texts: { en: 'Hi', fr: 'Salut {{customer.nom}}' } }).then(
      refused('placeholder_unknown', 'texts.fr'),
    )
    when(save, { by: camille }).then(refused('not_for_this_actor', 'by'))
  })

  it('is for tickets and chats unless it says otherwise, and has at least one text', () => {
    const { targets: _, ...rest } = reply
    expect(cannedReplyAggregate.schema.parse({ type: 'save', ...rest })).toMatchObject({ targets: ['ticket', 'chat'] })
    expect(cannedReplyAggregate.schema.safeParse({ type: 'save', ...rest, texts: {} }).success).toBe(false)
    expect(cannedReplyAggregate.schema.safeParse({ type: 'save', ...rest, shortcut: 'a b' }).success).toBe(false)
  })

  it('is rendered in the closest language that it has', () => {
    const texts = { en: 'Hello', fr: 'Bonjour' }
    const terms = { defaultLanguage: 'en', values: {} }
    expect(cannedTextFor(texts, { ...terms, language: 'fr-CA' })).toEqual({ language: 'fr', text: 'Bonjour' })
    expect(cannedTextFor(texts, { ...terms, language: 'de' })).toEqual({ language: 'en', text: 'Hello' })
  })
})

describe('a macro', () => {
  const { when } = specify(macroAggregate, { ...byAlex, aggregateId: 'm1' })
  const save = (target: CannedTarget, ...steps: MacroStep[]) =>
    ({ type: 'save', target, shortcut: 'done', title: 'Done', steps }) as const
  const bye: MacroStep = { action: 'reply', texts: { en: 'Bye {{customer.firstName|}}' } }

  it('has steps that its kind of conversation takes, each with what it needs', () => {
    when(save('chat', bye, { action: 'close' })).then({ type: 'MacroSaved', target: 'chat' })
    const invalid = (target: CannedTarget, field: string, ...steps: MacroStep[]) =>
      when(save(target, ...steps)).then(refused('macro_step_invalid', field))
    invalid('chat', 'steps.0.action', { action: 'tag', tag: 'x' })
    invalid('ticket', 'steps.0.action', { action: 'convert', subject: 'x' })
    invalid('ticket', 'steps.1.tag', bye, { action: 'tag' })
    invalid('chat', 'steps.1.action', { action: 'close' }, bye)
    invalid('chat', 'steps.0.texts', { action: 'reply' })
    invalid('chat', 'steps.0.texts', { ...bye, cannedReplyId: 'r1' })
    when(save('chat', { action: 'note', body: '{{nobody}}' })).then(refused('placeholder_unknown', 'steps.0.body'))
  })

  const note: MacroStep = { action: 'note', body: 'done' }
  const tag: MacroStep = { action: 'tag', tag: 'solved' }
  const wait: MacroStep = { action: 'wait' }
  const resolve: MacroStep = { action: 'resolve' }
  const close: MacroStep = { action: 'close' }

  it.each<[string, CannedTarget, MacroStep[]]>([
    ['waits for the customer after a reply', 'ticket', [bye, wait, tag]],
    ['tags after it resolves', 'ticket', [bye, resolve, tag, note]],
    ['replies, and closes, after it resolves', 'ticket', [resolve, bye, close, tag]],
    ['tags and notes after it closes', 'ticket', [close, { action: 'untag', tag: 'open' }, note]],
    ['categorizes a chat after it closes', 'chat', [close, { action: 'categorize', category: 'billing' }]],
  ])('%s', (_, target, steps) => {
    when(save(target, ...steps)).then({ type: 'MacroSaved', steps })
  })

  it.each<[string, CannedTarget, MacroStep[]]>([
    ['undo its wait by a reply', 'ticket', [wait, tag, bye]],
    ['wait once it is resolved', 'ticket', [resolve, tag, wait]],
    ['wait twice', 'ticket', [wait, wait]],
    ['hand over what is resolved', 'ticket', [resolve, { action: 'transfer', team: 'experts' }]],
    ['resolve what is closed', 'ticket', [close, tag, resolve]],
    ['reply on what is closed', 'ticket', [close, bye]],
    ['write in a chat that is closed', 'chat', [close, note]],
    ['do anything once a chat is converted', 'chat', [{ action: 'convert', subject: 'x' }, close]],
  ])('does not %s', (_, target, steps) => {
    when(save(target, ...steps)).then(refused('macro_step_invalid', `steps.${steps.length - 1}.action`))
  })

  it('takes, after a step that changes the status of a ticket, the steps that the ticket takes then', () => {
    const { given } = specifyTicket()
    const worked = [ticketOpened({ tags: ['open'] }), ticketEvent('TicketStarted', { reason: 'manual' })]
    const others: readonly MacroStep[] = [
      bye,
      note,
      tag,
      { action: 'untag', tag: 'open' },
      { action: 'categorize', category: 'billing' },
      { action: 'change_priority', priority: 'low' },
      { action: 'transfer', team: 'experts' },
      wait,
      resolve,
      close,
    ]
    for (const first of [wait, resolve, close]) {
      for (const second of others) {
        const commands = ticketCommandsOf(macro('ticket', first, second), terms)
        const [one, two] = commands.ok ? commands.value : []
        if (!one || !two) throw new Error('not two commands')
        const once = given(...worked).when(one, { commandId: '1' })
        const events = once.decision.ok ? once.decision.value : []
        const twice = given(...worked, ...events).when(two, { commandId: '2' })
        const keeps = twice.state.status === once.state.status || (first === resolve && second === close)
        const takes = twice.decision.ok && twice.decision.value.length > 0 && keeps
        expect([first.action, second.action, when(save('ticket', first, second)).decision.ok]).toEqual([
          first.action,
          second.action,
          takes,
        ])
      }
    }
  })

  it('takes, after it has closed a chat, the steps that the chat takes then', () => {
    const { given } = specifyChat()
    const active = chatOfLength(4)
    const transfer: MacroStep = { action: 'transfer', team: 'experts' }
    const others: readonly MacroStep[] = [
      bye,
      note,
      { action: 'categorize', category: 'billing' },
      { action: 'change_priority', priority: 'low' },
      transfer,
    ]
    for (const second of others) {
      const commands = chatCommandsOf(macro('chat', close, second), terms)
      const [one, two] = commands.ok ? commands.value : []
      if (!one || !two) throw new Error('not two commands')
      const { decision } = given(...active).when(one, { commandId: '1' })
      const twice = given(...active, ...(decision.ok ? decision.value : [])).when(two, { commandId: '2' })
      const takes = twice.decision.ok && twice.decision.value.length > 0
      expect([second.action, when(save('chat', close, second)).decision.ok]).toEqual([second.action, takes])
    }
  })

  it('does not let a chat wait, which has its own times', () => {
    when(save('chat', wait)).then(refused('macro_step_invalid', 'steps.0.action'))
  })

  const macro = (target: 'ticket' | 'chat', ...steps: MacroStep[]): Macro => ({
    status: 'saved',
    target,
    shortcut: 'done',
    title: 'Done',
    steps,
  })
  const terms = {
    language: 'en',
    defaultLanguage: 'fr',
    values: { 'customer.firstName': 'Zoé' },
    textsOf: (id: string) => (id === 'r1' ? { en: 'See you, {{customer.firstName}}' } : undefined),
    messageIdOf: (step: number) => `m-${step}`,
  }

  it('becomes the commands of its steps, in order', () => {
    const steps: MacroStep[] = [
      { action: 'reply', cannedReplyId: 'r1' },
      { action: 'note', body: 'done' },
      { action: 'change_priority', priority: 'low', reason: 'solved' },
      { action: 'close', reason: 'all well' },
    ]
    expect(chatCommandsOf(macro('chat', ...steps), terms)).toMatchObject({
      value: [
        { type: 'send', messageId: 'm-0', kind: 'text', body: 'See you, Zoé' },
        { type: 'send', messageId: 'm-1', kind: 'note', body: 'done' },
        { type: 'changePriority', priority: 'low' },
        { type: 'close', reason: 'solved', note: 'all well' },
      ],
    })
    const ofTicket = macro('ticket', { action: 'tag', tag: 'vip' }, { action: 'transfer', team: 'experts' })
    expect(ticketCommandsOf(ofTicket, terms)).toMatchObject({
      value: [
        { type: 'tag', tag: 'vip' },
        { type: 'escalate', team: 'experts', reason: 'Done' },
      ],
    })
  })

  it('is refused as a whole when a canned reply of it was removed', () => {
    expect(chatCommandsOf(macro('chat', { action: 'reply', cannedReplyId: 'gone' }), terms)).toMatchObject({
      ok: false,
      refusal: { code: 'canned_reply_not_found' },
    })
  })
})
