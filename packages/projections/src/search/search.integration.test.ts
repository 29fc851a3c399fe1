import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Desk } from '@guichet/domain'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import type { TicketFilter } from '../tickets/ticket-query.ts'
import type { Visibility } from '../visibility.ts'

const by = { kind: 'agent', id: 'agent-1' } as const

async function open(desk: Desk, id: string, subject: string, body: string, customer: object, language = 'fr') {
  await desk.execute('ticket', id, { type: 'open', subject, body, language, customer: { id, ...customer } }, { by })
}

async function desk(): Promise<Desk> {
  const desk = emptyDesk()
  const dupont = { name: 'Hélène Dupont', email: 'helene.dupont@example.com' }
  await open(desk, 'printer', "L'imprimante réseau", 'Elle clignote depuis hier.', dupont)
  await open(desk, 'invoice', 'Facture erronée', 'Le montant imprimé est faux.', { name: 'Jean Martin' })
  await open(desk, 'english', 'Printing fails', 'The printers are offline.', { name: 'Will Smith' }, 'en')
  await open(desk, 'greek', 'Πρόβλημα', 'Δεν λειτουργεί', { name: 'Νίκος' }, 'el')
  await open(desk, 'shanghai', '关于送货地址的问题', '我家在上海东边。', { name: '王小明' }, 'zh')
  await open(desk, 'tokyo', '東京サーバー', 'iPhone手機が壊れました', { name: '佐々木太郎' }, 'ja')
  await open(desk, 'seoul', '배송 문의', '서울에서 왔어요', { name: '김민수' }, 'ko')
  await open(desk, 'arabic', 'مشكلة', 'المستخدمون لا يرون حسابي', { name: 'ليلى' }, 'ar')
  await open(desk, 'hindi', 'समस्या', 'मेरे लड़के का खाता बंद है', { name: 'आशा' }, 'hi')
  await open(desk, 'umlaut', 'Zwei Stück fehlen', 'Im Büro', { name: 'Jörg' }, 'de')
  await open(desk, 'spelled', 'Drei Stueck fehlen', 'Im Buero', { name: 'Joerg' }, 'de')
  await open(desk, 'number', 'Livraison', 'La commande 99735 est en retard', { name: 'Noé' })
  await desk.execute('ticket', 'invoice', { type: 'addNote', body: 'Client soupçonneux, voir dossier zèbre' }, { by })
  await desk.execute('ticket', 'invoice', { type: 'customerReply', body: "Et l'imprimante ?" }, { by })
  await desk.execute('ticket', 'english', { type: 'rename', subject: 'Network trouble' }, { by })
  for (let n = 0; n < 300; n++) {
    await open(desk, `other-${n}`, `Question ${n}`, `Numéro de commande ${n * 7}`, { name: `Client ${n}` })
  }
  return desk
}

let history: ProjectedHistory
beforeAll(async () => {
  history = await projectHistory([await historyOf(await desk())])
  await history.pool.query('analyze')
})
afterAll(() => history.drop())

async function found(filter: TicketFilter | string, visibility: Visibility = 'all'): Promise<string[]> {
  const asked = typeof filter === 'string' ? { search: filter } : filter
  const order = { by: 'relevance', direction: 'desc' } as const
  const { rows } = await history.models.tickets.list(asked, order, { limit: 50 }, visibility)
  return rows.map(({ row }) => row.id)
}

/** A word with each of its letters removed, doubled, replaced, and swapped with the next one. */
function edited(word: string): ReadonlySet<string> {
  const all = Array.from(word).flatMap((letter, at) => {
    const [before, after] = [word.slice(0, at), word.slice(at + 1)]
    return [
      before + after,
      before + letter + letter + after,
      `${before}w${after}`,
      before + after.slice(0, 1) + letter + after.slice(1),
    ]
  })
  return new Set(all.filter((each) => each !== word))
}

describe('search', () => {
  it.each([
    ['subject', 'facture', 'invoice'],
    ['message', 'clignote', 'printer'],
    ['name', 'dupont', 'printer'],
    ['e-mail address', 'helene.dupont@example.com', 'printer'],
    ['part of an e-mail address', 'example', 'printer'],
    ['id', 'other-77', 'other-77'],
    ['former subject', 'printing fails', 'english'],
  ])('finds a word of the %s', async (_, search, id) => {
    expect(await found(search)).toContain(id)
  })

  it('ignores case and accents, in any script', async () => {
    expect(await found('HELENE')).toEqual(['printer'])
    expect(await found('ERRONÉE')).toEqual(['invoice'])
    expect(await found('προβλημα')).toEqual(['greek'])
  })

  it.each([
    ['上海', 'shanghai'],
    ['在上海东', 'shanghai'],
    ['送货地址', 'shanghai'],
    ['小明', 'shanghai'],
    ['上海 王小明', 'shanghai'],
    ['我家在上海东边。', 'shanghai'],
    ['サーバ', 'tokyo'],
    ['ｻｰﾊﾞｰ', 'tokyo'],
    ['iphone 手機', 'tokyo'],
    ['iPhone手機', 'tokyo'],
    ['壊れ', 'tokyo'],
    ['太郎', 'tokyo'],
    ['서울', 'seoul'],
    ['울에서', 'seoul'],
    ['배송', 'seoul'],
  ])('finds %s in a text without spaces, for the desk and for its customer', async (search, id) => {
    expect(await found(search)).toEqual([id])
    expect(await found({ search, customerId: [id] }, 'public')).toEqual([id])
  })

  it.each([
    ['مستخدم', 'arabic'],
    ['الحساب', 'arabic'],
    ['लड़का', 'hindi'],
    ['खाते', 'hindi'],
  ])('finds %s by another form of the word, for the desk and for its customer', async (search, id) => {
    expect(await found(search)).toEqual([id])
    expect(await found({ search, customerId: [id] }, 'public')).toEqual([id])
  })

  it.each(['Stück', 'Stueck', 'BÜRO', 'buero'])('finds %s in both spellings, whichever is typed', async (search) => {
    expect((await found(search)).sort()).toEqual(['spelled', 'umlaut'])
    for (const id of ['spelled', 'umlaut']) expect(await found({ search, customerId: [id] }, 'public')).toEqual([id])
  })

  it.each(['Ticket #99735', 'Bestellung #99735', '№99735', '#99735'])('finds the number of %s', async (search) => {
    expect(await found(search)).toEqual(['number'])
    expect(await found({ search, customerId: ['number'] }, 'public')).toEqual(['number'])
  })

  it('finds no text that has only some of the characters next to each other', async () => {
    for (const search of ['上东', '海上', '上海西', '太郎佐', '울서'])
      expect([search, await found(search)]).toEqual([search, []])
  })

  it('matches inflected words of the ticket’s language', async () => {
    expect(await found('factures')).toEqual(['invoice'])
    expect(await found('printer offline')).toEqual(['english'])
  })

  it.each(['imprmiante', 'imprimnte', 'inprimante', 'imprimmante'])('corrects the misspelling %s', async (search) => {
    expect(await found(search)).toContain('printer')
  })

  it.each(['clignotte', 'cilgnote', 'clgnote', 'clignate', 'clgnotte'])(
    'reads %s as a word of a message',
    async (search) => {
      expect(await found(search)).toEqual(['printer'])
    },
  )

  it.each([
    ['every single edit', 'montant', 1],
    ['every two edits that keep its first letter', 'montant', 2],
    ['every single edit', 'zebre', 1],
    ['every two edits', 'soupconneux', 2],
  ])('finds a word after %s: %s', async (_, word, edits) => {
    const misspelled = [...edited(word)].flatMap((once) => (edits === 1 ? [once] : [...edited(once)].slice(0, 7)))
    const meant = misspelled.filter((each) => each[0] === word[0] && each.length > 4)
    const missed: string[] = []
    for (const search of meant) if (!(await found(search)).includes('invoice')) missed.push(search)
    expect(meant.length).toBeGreaterThan(10)
    expect(missed).toEqual([])
  })

  it.each([
    ['a name', 'dupo', 'printer'],
    ['a name, after another word', 'facture mart', 'invoice'],
    ['a word of a message', 'soupcon', 'invoice'],
    ['an address', 'helene.du', 'printer'],
    ['an address that has its @', 'Hélène.Dupont@exam', 'printer'],
    ['an address but for its end', 'helene.dupont@example.co', 'printer'],
  ])('finds by the beginning of %s: %s', async (_, search, id) => {
    expect(await found(search)).toEqual([id])
  })

  it('matches the last word of a search as the beginning of an address only while it may be unfinished', async () => {
    expect(await found('helene.dupont@exam')).toEqual(['printer'])
    expect(await found('helene.dupont@exam ')).toEqual(['printer'])
    expect(await found('helene.dupont@example.co ')).toEqual([])
  })

  it('takes short words, and single characters beside others, as written', async () => {
    expect(await found('fa')).toEqual([])
    expect(await found("' or 1=1 --")).toEqual([])
    expect(await found('other-1')).toContain('other-1')
  })

  it('does not correct words that a subject or a name contains', async () => {
    expect(await found('Martin')).toEqual(['invoice'])
  })

  it('requires every word, wherever in the ticket each one is', async () => {
    expect(await found('martin montant')).toEqual(['invoice'])
    expect(await found('martin clignote')).toEqual([])
  })

  it('ignores stop words, unless there are no others', async () => {
    expect(await found('la facture de the')).toEqual(['invoice'])
    expect(await found('will')).toEqual(['english'])
  })

  it('puts tickets with every word in the subject or the name first', async () => {
    expect(await found('imprimante')).toEqual(['printer', 'invoice'])
  })

  it('pages through both halves of the order of relevance', async () => {
    const order = { by: 'relevance', direction: 'desc' } as const
    const list = history.models.tickets.list
    const first = await list({ search: 'imprimante' }, order, { limit: 1 }, 'all')
    expect(first).toMatchObject({ hasPrevious: false, hasNext: true })
    const second = await list({ search: 'imprimante' }, order, { limit: 1, after: first.rows[0]?.keyset }, 'all')
    expect(second.rows.map(({ row }) => row.id)).toEqual(['invoice'])
    expect(second).toMatchObject({ hasPrevious: true, hasNext: false })
    const last = await list({ search: 'imprimante' }, order, { limit: 1, backward: true }, 'all')
    expect(last.rows).toEqual(second.rows)
  })

  it('never searches notes for a customer', async () => {
    expect(await found('zebre')).toEqual(['invoice'])
    expect(await found('zebre', 'public')).toEqual([])
    expect(await found('martin zebre', 'public')).toEqual([])
    expect(await found({ not: { search: 'zebre' }, customerId: ['invoice'] }, 'public')).toEqual(['invoice'])
  })

  it.each([
    'facture',
    'imprmiante',
    'cilgnote',
    'soupconeux',
    'factu',
    'mart',
    'helene.du',
    'ignot',
    'duponts fact',
    'will',
  ])('matches the same for customers as for the desk when they have written every word: %s', async (search) => {
    const customerId = ['printer', 'invoice', 'english', 'greek']
    const notes = search === 'soupconeux'
    expect(await found({ search, customerId }, 'public')).toEqual(notes ? [] : await found({ search, customerId }))
  })

  it('combines with other conditions at any depth', async () => {
    expect(await found({ or: [{ search: 'dupont' }, { and: [{ search: 'facture' }, { status: ['new'] }] }] })).toEqual(
      expect.arrayContaining(['printer', 'invoice']),
    )
    expect(await found({ search: 'imprimante', not: { search: 'dupont' } })).toEqual(['invoice'])
  })

  it('finds nothing for a search without words', async () => {
    expect(await found('?!… —')).toEqual([])
  })

  it('takes quotes and operators as text', async () => {
    expect(await found(`'facture' & | ! \\ :* "`)).toEqual(['invoice'])
  })

  it.each(['facture', 'martin zebre', 'imprmiante', '77'])('can use only indexes for %s', async (search) => {
    const order = { by: 'relevance', direction: 'desc' } as const
    const plans = await history.plansOf(({ tickets }) => tickets.list({ search }, order, { limit: 25 }, 'all'))
    expect(plans.filter((line) => line.includes('Seq Scan'))).toEqual([])
    expect(plans.filter((line) => line.includes('Index')).length).toBeGreaterThan(1)
  })
})
