import { expect, it } from 'vitest'
import type { TicketEvent } from '../ticket/events.ts'
import { withoutRedacted } from '../ticket/redaction.ts'
import { deskInMemory } from '../testing/desk.ts'
import { hours } from '../kernel/time.ts'
import { after, alex, monday } from '../testing/examples.ts'
import { removeFormerSubjects } from './former-subjects.ts'
import type { Desk } from './processes.ts'

const zoe = { kind: 'customer', id: 'zoe' } as const

const open = (desk: Desk, subject: string, body: string) =>
  desk.execute('ticket', 't', { type: 'open', messageId: 'first', subject, body, customer: { id: 'zoe' } }, { by: zoe })

async function shown(desk: Desk): Promise<string> {
  const history = (await desk.store.readStream('ticket-t')) as readonly { readonly event: TicketEvent }[]
  return JSON.stringify(withoutRedacted(history))
}

it('takes removed subjects out of the messages that quote them, and out of nothing else', async () => {
  const desk = deskInMemory()
  await open(desk, 'Card 4970 (Visa)?', 'My card.')
  await desk.execute('ticket', 't', { type: 'rename', subject: 'Visa 4970' }, { by: alex })
  const quote = 'You wrote “Card 4970 (Visa)?”, then Visa 4970. XVisa 4970 stays.'
  await desk.execute('ticket', 't', { type: 'agentReply', messageId: 'quote', body: quote }, { by: alex })
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: 'Nothing of it' }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: '$& paid' }, { by: alex })
  await removeFormerSubjects(desk, 't')
  const text = await shown(desk)
  expect(text).toContain('You wrote “$& paid”, then $& paid. XVisa 4970 stays.')
  expect(text).toContain('Nothing of it')
  expect(text.replaceAll('XVisa 4970', '')).not.toContain('4970')
  const { version } = await desk.read('ticket', 't')
  await removeFormerSubjects(desk, 't')
  expect((await desk.read('ticket', 't')).version).toBe(version)
})

it('changes a message once, also where what is left contains the former subject', async () => {
  const desk = deskInMemory()
  await open(desk, 'Refund 7', 'Please.')
  const quote = 'You wrote “Refund 7”. “Refund 7 (removed)” is what is left of it.'
  await desk.execute('ticket', 't', { type: 'agentReply', messageId: 'quote', body: quote }, { by: alex })
  const remove = async (messageId: string, subject: string) => {
    await desk.execute('ticket', 't', { type: 'redactMessage', messageId, subject }, { by: alex })
    await removeFormerSubjects(desk, 't')
    const { version } = await desk.read('ticket', 't')
    await removeFormerSubjects(desk, 't')
    expect((await desk.read('ticket', 't')).version).toBe(version)
  }
  await remove('first', 'Refund 7 (removed)')
  const left = 'You wrote “Refund 7 (removed)”. “Refund 7 (removed)” is what is left of it.'
  expect(await shown(desk)).toContain(left)
  await remove('first', 'Refund 7 (removed) again')
  const again = 'You wrote “Refund 7 (removed) again”. “Refund 7 (removed) again” is what is left of it.'
  expect(await shown(desk)).toContain(again)
})

it.each([
  ['aa bb', 'bb bb aa aa', 'aa aa aa bb bb bb', 'aa aa bb bb aa aa bb bb'],
  ['card 4970', 'my card', 'This is my card 4970.', 'This is my my card.'],
  ['Refund 7', 'Old Refund 7 Refund 7', 'Refund 7, Old Refund 7', 'Old Refund 7 Refund 7, Old Old Refund 7 Refund 7'],
  ['Refund 7', 'Old Refund 7 (2)', 'Refund 7, Old Refund 7 (2)', 'Old Refund 7 (2), Old Refund 7 (2)'],
  ['ab cd', 'cd x', 'ab ab cd', 'ab cd x'],
])('changes nothing more when it is repeated after “%s” became “%s”', async (subject, left, quote, expected) => {
  const desk = deskInMemory()
  await open(desk, subject, 'Please.')
  await desk.execute('ticket', 't', { type: 'agentReply', messageId: 'quote', body: quote }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: left }, { by: alex })
  for (let time = 0; time < 2; time++) {
    await removeFormerSubjects(desk, 't')
    expect(await shown(desk)).toContain(`"body":"${expected}"`)
  }
})

it.each([
  ['信用卡 4970 1234', '关于信用卡 4970 1234的回复', '关于Gone的回复'],
  ['信用卡号码', '关于信用卡号码的回复', '关于Gone的回复'],
  ['カード番号', 'カード番号の件について', 'Goneの件について'],
  ['クレジットカードのエラー', 'このクレジットカードのエラーは', 'このGoneは'],
  ['บัตร 4970', 'เรื่องบัตร 4970ของคุณ', 'เรื่องGoneของคุณ'],
  ['Visa 4970', '关于Visa 4970的回复', '关于Gone的回复'],
  ['카드 4970', '카드 4970의 건', 'Gone의 건'],
  ['信用卡 4970', '信用卡 49701，信用卡 4970a', '信用卡 49701，信用卡 4970a'],
  ['Visa 4970', 'XVisa 4970 的 1Visa 4970的', 'XVisa 4970 的 1Visa 4970的'],
  ['4970 信用卡', '14970 信用卡号', '14970 信用卡号'],
])('finds “%s” in “%s”, where the script separates no words', async (subject, quote, expected) => {
  const desk = deskInMemory()
  await open(desk, subject, 'Please.')
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: quote }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: 'Gone' }, { by: alex })
  await removeFormerSubjects(desk, 't')
  expect(await shown(desk)).toContain(`"body":"${expected}"`)
})

it('reads nothing for the agent who removed the subject: what the customer wrote meanwhile stays unread', async () => {
  let clock = monday
  const desk = deskInMemory({ now: () => clock })
  await open(desk, 'Card 4970', 'Please.')
  await desk.execute('ticket', 't', { type: 'agentReply', messageId: 'quote', body: 'On “Card 4970”:' }, { by: alex })
  clock = after(hours(1))
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: 'Gone' }, { by: alex })
  clock = after(hours(2))
  await desk.execute('ticket', 't', { type: 'customerReply', messageId: 'later', body: 'Well?' }, { by: zoe })
  clock = after(hours(3))
  await removeFormerSubjects(desk, 't')
  expect(await shown(desk)).toContain('On “Gone”:')
  const { state } = await desk.read('ticket', 't')
  expect(state).toMatchObject({ unreadSince: after(hours(2)), lastAgentActivityAt: monday, updatedAt: clock })
})

it('changes messages in the name of whoever removed the subject, for their reason, because of the removal', async () => {
  const desk = deskInMemory()
  await open(desk, 'Card 4970', 'Please.')
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: 'Card 4970?' }, { by: alex })
  const removal = { type: 'redactMessage', messageId: 'first', subject: 'A card', reason: 'a number' } as const
  await desk.execute('ticket', 't', removal, { by: alex, correlationId: 'request-1' })
  await removeFormerSubjects(desk, 't')
  const [removed, followed] = (await desk.store.readStream('ticket-t')).slice(-2)
  expect(followed).toMatchObject({
    event: { type: 'TicketMessageRedacted', messageId: 'note', body: 'A card?', by: alex, reason: 'a number' },
    causationId: removed?.id,
    correlationId: 'request-1',
  })
})

it.each([
  ['Help', false],
  ['Invoice!', false],
  ['Log-in', false],
  ['Müller’s', false],
  ['X 1', false],
  ['My invoice', true],
  ['Invoice2', true],
  ['zoe@example.com', true],
  ['返金の件', true],
])('takes “%s” for a quotation where it stands as a whole: %s', async (subject, isOne) => {
  const desk = deskInMemory()
  await open(desk, subject, 'Please.')
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: `Is “${subject}” all?` }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: 'Gone' }, { by: alex })
  await removeFormerSubjects(desk, 't')
  expect(await shown(desk)).toContain(`Is “${isOne ? 'Gone' : subject}” all?`)
})

it('leaves a subject that says next to nothing where it is quoted', async () => {
  const desk = deskInMemory()
  await open(desk, 'Hi?', 'Hi?')
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: 'Hi? he said' }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: 'A greeting' }, { by: alex })
  await removeFormerSubjects(desk, 't')
  expect(await shown(desk)).toContain('Hi? he said')
})
