import { expect, it } from 'vitest'
import { commandIdLength, limits } from '@guichet/domain'
import { projectHistory } from './testing/projected-history.ts'
import { emptyDesk, historyOf } from './testing/random-history.ts'

/** Characters that no two texts share, so that nothing gets shorter when it is compressed. */
function unlike(first: number, last: number): (characters: number) => string {
  let next = 1
  return (characters) =>
    Array.from({ length: characters }, () => {
      next = (next * 48_271) % 2_147_483_647
      return String.fromCodePoint(first + (next % (last - first)))
    }).join('')
}

it.each([
  ['beyond the basic plane', 0x20000, 0x2a6d0],
  ['of three bytes', 0x4e00, 0x9fa5],
  ['of emoji', 0x1f400, 0x1f4ff],
] as const)('read models hold whatever a command takes, of characters %s', async (_, first, last) => {
  const text = unlike(first, last)
  const letters = first === 0x1f400 ? unlike(0x20000, 0x2a6d0) : text
  const desk = emptyDesk()
  const accepted = async (outcome: Promise<{ readonly ok: boolean }>): Promise<void> =>
    expect(await outcome).toMatchObject({ ok: true })
  const [customer, visitor, agent, other, organisation] = Array.from({ length: 5 }, () => text(200)) as [
    string,
    string,
    string,
    string,
    string,
  ]
  const ana = { by: { kind: 'agent', id: agent, name: text(200) } } as const
  const sender = (n: number) => ({ ...ana, commandId: `${n}`.padEnd(commandIdLength, '~'), correlationId: text(200) })
  const [ticket, chat, incident, canned] = Array.from({ length: 4 }, () => letters(limits.id)) as [
    string,
    string,
    string,
    string,
  ]
  const person = { id: customer, name: `a${text(199)}`, email: `a@${'e'.repeat(60)}.example` }

  await accepted(desk.execute('organisation', organisation, { type: 'register', name: `b${text(199)}` }, sender(1)))
  for (const id of [agent, other]) {
    const profile = { name: text(200), centre: text(200), team: text(200), skills: { [text(200)]: 5 } }
    await accepted(desk.execute('agent', id, { type: 'register', profile }, ana))
    await accepted(desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, ana))
  }
  for (const id of [customer, visitor]) {
    const details = { name: `c${text(199)}`, organisationId: organisation, segment: text(200) }
    const externalIds = [0, 1, 2].map((n) => ({ system: 's'.repeat(64), id: `${letters(150)}-${n}` }))
    const emails = [{ address: `${id === customer ? 'a' : 'b'}@${'e'.repeat(60)}.example`, verified: true }]
    await accepted(desk.execute('customer', id, { type: 'register', ...details, externalIds, emails }, sender(2)))
  }
  await accepted(
    desk.execute(
      'ticket',
      ticket,
      {
        type: 'open',
        subject: text(limits.subject),
        body: text(4_000),
        category: text(200),
        tags: [text(limits.tag)],
        customer: person,
      },
      sender(3),
    ),
  )
  await accepted(
    desk.execute('ticket', ticket, { type: 'assign', assignee: { id: agent, name: text(200) } }, sender(4)),
  )
  await accepted(desk.execute('ticket', ticket, { type: 'agentReply', body: text(limits.body) }, sender(5)))
  await accepted(desk.execute('ticket', ticket, { type: 'addWatcher', watcher: { id: other } }, sender(6)))
  await accepted(desk.execute('ticket', ticket, { type: 'escalate', team: text(200), reason: text(2_000) }, sender(7)))
  await accepted(
    desk.startChat(chat, { customer: person, category: text(200) }, { by: { kind: 'customer', id: customer } }),
  )
  await accepted(desk.acceptChat(chat, ana))
  await accepted(
    desk.execute('chat', chat, { type: 'send', messageId: letters(limits.id), body: text(10_000) }, sender(8)),
  )
  await accepted(desk.declareIncident(incident, { title: text(limits.subject), customer: person }, sender(9)))
  await accepted(desk.mergeCustomers(visitor, customer, sender(10)))
  await accepted(
    desk.execute(
      'cannedReply',
      canned,
      { type: 'save', shortcut: letters(50), title: text(limits.subject), texts: { fr: text(10_000) } },
      sender(11),
    ),
  )
  for (const owner of [`ticket-${ticket}`, `chat-${chat}`, `customer-${customer}`]) {
    const file = { type: 'store', owner, name: text(200), bytes: 1, sha256: '0'.repeat(64), scan: false } as const
    const id = `f${owner.length}${'x'.repeat(100)}`
    await accepted(desk.execute('file', id, { ...file, mediaType: 'text/plain' }, sender(12)))
  }
  await accepted(desk.execute('recipient', agent, { type: 'chooseLanguage', language: 'fr' }, ana))

  const history = await projectHistory([await historyOf(desk)])
  try {
    const { customers, tickets } = history.models
    expect((await customers.byIds([customer])).map((found) => found?.id)).toEqual([customer])
    expect((await tickets.byIds([ticket])).map((found) => found?.id)).toEqual([ticket])
  } finally {
    await history.drop()
  }
})
