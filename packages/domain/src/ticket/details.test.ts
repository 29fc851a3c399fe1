import { describe, expect, it } from 'vitest'
import { limits } from '../kernel/limits.ts'
import { camille, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { ticketLimits } from './vocabulary.ts'

const { given } = specifyTicket()
const opened = ticketOpened()
const closed = ticketEvent('TicketClosed', { from: 'new', reason: 'other' })
const alexIs = { id: 'alex', name: 'Alex Martin' }
const dominique = { id: 'dominique' }

describe('the details of a ticket', () => {
  it('record the former value when they change, and a repeat changes nothing', () => {
    given(opened)
      .when({ type: 'changePriority', priority: 'high', reason: 'Bloquant' })
      .then({ type: 'PriorityChanged', from: 'normal', to: 'high', reason: 'Bloquant' })
    given(opened).when({ type: 'changePriority', priority: 'normal' }).then(nothing)
    given(opened)
      .when({ type: 'rename', subject: 'Facture de mars' })
      .then({ type: 'TicketRenamed', from: 'Facture introuvable', to: 'Facture de mars' })
    given(opened).when({ type: 'rename', subject: 'Facture introuvable' }).then(nothing)
    given(opened).when({ type: 'categorize', category: 'Paiement' }).then({ type: 'TicketCategorized', to: 'Paiement' })
    given(ticketOpened({ category: 'Paiement' }))
      .when({ type: 'categorize', category: 'Paiement' })
      .then(nothing)
  })

  it('name the former agent', () => {
    const assigned = ticketEvent('TicketAssigned', { assignee: alexIs })
    given(opened)
      .when({ type: 'assign', assignee: alexIs })
      .then({ type: 'TicketAssigned', assignee: alexIs, from: undefined })
    given(opened, assigned).when({ type: 'assign', assignee: alexIs }).then(nothing)
    given(opened, assigned)
      .when({ type: 'assign', assignee: dominique })
      .then({ type: 'TicketAssigned', assignee: dominique, from: alexIs })
    given(opened, assigned).when({ type: 'unassign' }).then({ type: 'TicketUnassigned', from: alexIs })
    given(opened).when({ type: 'unassign' }).then(nothing)
  })

  it('name an assignee by their profile when the sender does not', () => {
    const assigneeProfile = { name: 'Emma Laurent', email: 'emma@desk.example' }
    given(opened)
      .when({ type: 'assign', assignee: { id: 'emma' }, assigneeProfile })
      .then({ type: 'TicketAssigned', assignee: { id: 'emma', ...assigneeProfile } })
    given(opened)
      .when({ type: 'assign', assignee: { id: 'emma', name: 'Emma' }, assigneeProfile })
      .then({ type: 'TicketAssigned', assignee: { ...assigneeProfile, id: 'emma', name: 'Emma' } })
  })

  it('change without a required reason when the ticket is the sender’s or nobody’s', () => {
    const own = ticketEvent('TicketAssigned', { assignee: alexIs })
    const theirs = ticketEvent('TicketAssigned', { assignee: dominique })
    const owed = { reasonOwed: true } as const
    const lower = { type: 'changePriority', priority: 'low', ...owed } as const
    for (const history of [[opened], [opened, own]])
      given(...history)
        .when(lower)
        .then(refused('reason_required', 'reason'))
    given(opened)
      .when({ ...lower, reason: 'Rien ne presse' })
      .then({ type: 'PriorityChanged', from: 'normal', to: 'low', reason: 'Rien ne presse' })
    given(opened, theirs)
      .when({ ...lower, priority: 'high' })
      .then({ type: 'PriorityChanged', to: 'high' })
    given(opened)
      .when({ ...lower, priority: 'normal' })
      .then(nothing)

    const sacha = { id: 'sacha' }
    const moves = [
      [{ type: 'assign', assignee: sacha, ...owed }, 'TicketAssigned'],
      [{ type: 'unassign', ...owed }, 'TicketUnassigned'],
      [{ type: 'categorize', category: 'Paiement', ...owed }, 'TicketCategorized'],
    ] as const
    for (const [command, type] of moves) {
      given(opened, theirs).when(command).then(refused('reason_required', 'reason'))
      given(opened, theirs)
        .when({ ...command, reason: 'Absence' })
        .then({ type, reason: 'Absence' })
      given(opened, own).when(command).then({ type, reason: undefined })
    }
    given(opened).when(moves[0][0]).then({ type: 'TicketAssigned', assignee: sacha })
    given(opened).when(moves[2][0]).then({ type: 'TicketCategorized', to: 'Paiement' })
    given(opened, theirs)
      .when({ ...moves[0][0], assignee: dominique })
      .then(nothing)
  })

  it('hold the reason of a pause, which no other replaces', () => {
    const paused = ticketEvent('ClocksPaused', { reason: 'supplier' })
    given(opened, paused).when({ type: 'pauseClocks', reason: 'supplier' }).then(nothing)
    given(opened, paused).when({ type: 'pauseClocks', reason: 'lunch' }).then(refused('clocks_paused'))
    given(opened, paused, ticketEvent('ClocksResumed', {}))
      .when({ type: 'pauseClocks', reason: 'lunch' })
      .then({ type: 'ClocksPaused', reason: 'lunch' })
  })

  it('hold each tag, watcher and link once', () => {
    const tagged = ticketEvent('TicketTagged', { tag: 'vip' })
    const watched = ticketEvent('WatcherAdded', { watcher: dominique })
    const linked = ticketEvent('TicketLinked', { to: 'T2', relation: 'related' })
    given(opened).when({ type: 'tag', tag: 'vip' }).then({ type: 'TicketTagged', tag: 'vip' })
    given(opened, tagged).when({ type: 'tag', tag: 'vip' }).then(nothing)
    given(opened, tagged).when({ type: 'untag', tag: 'vip' }).then({ type: 'TicketUntagged', tag: 'vip' })
    given(opened).when({ type: 'untag', tag: 'vip' }).then(nothing)
    given(opened, watched).when({ type: 'addWatcher', watcher: dominique }).then(nothing)
    given(opened, watched)
      .when({ type: 'removeWatcher', watcherId: 'dominique' })
      .then({ type: 'WatcherRemoved', watcher: dominique })
    given(opened).when({ type: 'removeWatcher', watcherId: 'dominique' }).then(nothing)
    given(opened, linked).when({ type: 'link', to: 'T2' }).then(nothing)
    given(opened, linked)
      .when({ type: 'link', to: 'T2', relation: 'blocks' })
      .then({ type: 'TicketLinked', to: 'T2', relation: 'blocks' })
    given(opened, linked).when({ type: 'unlink', to: 'T2' }).then({ type: 'TicketUnlinked', to: 'T2' })
    given(opened).when({ type: 'unlink', to: 'T2' }).then(nothing)
    given(opened).when({ type: 'link', to: 'T1' }).then(refused('link_to_itself', 'to'))
  })

  it('attach only to existing messages, each attachment once', () => {
    const file = { attachmentId: 'a1', name: 'facture.pdf', mediaType: 'application/pdf', bytes: 10 }
    const attached = ticketEvent('AttachmentAdded', { ...file, visibility: 'public' })
    given(opened)
      .when({ type: 'attach', ...file, messageId: 'm1' })
      .then({ type: 'AttachmentAdded', attachmentId: 'a1', messageId: 'm1', visibility: 'public' })
    given(opened, attached)
      .when({ type: 'attach', ...file })
      .then(nothing)
    for (const other of [
      { name: 'contrat.pdf' },
      { bytes: 99 },
      { messageId: 'm1' },
      { visibility: 'internal' },
    ] as const) {
      given(opened, attached)
        .when({ type: 'attach', ...file, ...other })
        .then(refused('attachment_id_reused', 'attachmentId'))
    }
    given(opened)
      .when({ type: 'attach', ...file, messageId: 'm9' })
      .then(refused('attachment_unknown_message', 'messageId'))
  })

  it('mark attachments to a note as internal', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n1', body: 'Voir le journal' })
    const file = { attachmentId: 'a1', name: 'journal.txt', mediaType: 'text/plain', bytes: 10 }
    given(opened, note)
      .when({ type: 'attach', ...file, messageId: 'n1', visibility: 'public' })
      .then({ type: 'AttachmentAdded', attachmentId: 'a1', messageId: 'n1', visibility: 'internal' })
  })

  it('reveal nothing internal when a customer attaches', () => {
    const note = ticketEvent('InternalNoteAdded', { messageId: 'n1', body: 'Voir le journal' })
    const file = { attachmentId: 'a1', name: 'journal.txt', mediaType: 'text/plain', bytes: 10 }
    const hidden = ticketEvent('AttachmentAdded', { ...file, messageId: 'n1', visibility: 'internal' })
    const byCustomer = { by: camille }
    given(opened, note)
      .when({ type: 'attach', ...file, messageId: 'n1' }, byCustomer)
      .then(refused('attachment_unknown_message', 'messageId'))
    given(opened, note, hidden)
      .when({ type: 'attach', ...file, name: 'photo.png' }, byCustomer)
      .then({ type: 'AttachmentAdded', attachmentId: 'a1', name: 'photo.png', visibility: 'public' })
    const full = Array.from({ length: ticketLimits.attachments }, (_, n) =>
      ticketEvent('AttachmentAdded', { ...file, attachmentId: `h${n}`, visibility: 'internal' }),
    )
    given(opened, ...full)
      .when({ type: 'attach', ...file }, byCustomer)
      .then({ type: 'AttachmentAdded', attachmentId: 'a1' })
    const own = ticketEvent('AttachmentAdded', { ...file, name: 'photo.png', visibility: 'public' }, byCustomer)
    given(opened, note, hidden, own)
      .when({ type: 'attach', ...file, name: 'photo.png' }, byCustomer)
      .then(nothing)
    given(opened, note, hidden, own)
      .when({ type: 'attach', ...file, messageId: 'n1' })
      .then(nothing)
  })

  it('escalate to a team while unsolved', () => {
    const escalated = ticketEvent('TicketEscalated', { team: 'tech', reason: 'Bug' })
    given(opened)
      .when({ type: 'escalate', team: 'tech', reason: 'Bug' })
      .then({ type: 'TicketEscalated', team: 'tech' })
    given(opened, escalated).when({ type: 'escalate', team: 'tech', reason: 'Bug' }).then(nothing)
    given(opened, escalated)
      .when({ type: 'escalate', team: 'produit', reason: 'Idée' })
      .then({ type: 'TicketEscalated', team: 'produit', from: 'tech' })
    given(opened, escalated)
      .when({ type: 'escalate', team: 'tech', reason: 'Autre bug' })
      .then({ type: 'TicketEscalated', team: 'tech', from: 'tech', reason: 'Autre bug' })
    given(opened, ticketEvent('TicketResolved', {}))
      .when({ type: 'escalate', team: 'tech', reason: 'Bug' })
      .then(refused('ticket_resolved'))
  })

  it.each([
    ['resolved', ticketEvent('TicketResolved', {})],
    ['closed', closed],
  ] as const)('escalate to the same team again after the ticket was %s', (from, ended) => {
    const escalate = { team: 'tech', reason: 'Bug' }
    const reopened = ticketEvent('TicketReopened', { from, reason: 'manual' })
    const again = given(opened, ticketEvent('TicketEscalated', escalate), ended, reopened)
    again.when({ type: 'escalate', ...escalate }).then({ type: 'TicketEscalated', ...escalate })
    expect(again.when({ type: 'tag', tag: 'x' }).state).toMatchObject({ team: 'tech' })
  })

  it('stay unchanged on a closed ticket when they would set people to work', () => {
    given(opened, closed).when({ type: 'assign', assignee: alexIs }).then(refused('ticket_closed'))
    given(opened, closed).when({ type: 'changePriority', priority: 'urgent' }).then(refused('ticket_closed'))
    given(opened, closed).when({ type: 'tag', tag: 'vip' }).then({ type: 'TicketTagged' })
  })

  it.each([
    ['tag', limits.tags, (n: number) => ticketEvent('TicketTagged', { tag: `t${n}` }), { type: 'tag', tag: 'x' }],
    [
      'watcher',
      ticketLimits.watchers,
      (n: number) => ticketEvent('WatcherAdded', { watcher: { id: `w${n}` } }),
      { type: 'addWatcher', watcher: dominique },
    ],
    [
      'link',
      ticketLimits.links,
      (n: number) => ticketEvent('TicketLinked', { to: `L${n}`, relation: 'related' }),
      { type: 'link', to: 'x' },
    ],
    [
      'attachment',
      ticketLimits.attachments,
      (n: number) =>
        ticketEvent('AttachmentAdded', {
          attachmentId: `a${n}`,
          name: 'n',
          mediaType: 'a/b',
          bytes: 1,
          visibility: 'public',
        }),
      { type: 'attach', attachmentId: 'x', name: 'n', mediaType: 'a/b', bytes: 1 },
    ],
  ] as const)('take no %s beyond the limit', (_what, limit, event, command) => {
    const full = Array.from({ length: limit }, (_, n) => event(n))
    given(opened, ...full)
      .when(command)
      .then(refused('too_many'))
    expect(given(opened, ...full.slice(1)).when(command).decision.ok).toBe(true)
  })
})

describe('text from outside', () => {
  it.each([
    ['a 10 MB message', { type: 'addNote', body: 'x'.repeat(10_000_000) }, 'body'],
    ['a blank message', { type: 'addNote', body: ' \n ' }, 'body'],
    ['a control character', { type: 'addNote', body: 'a\u0000b' }, 'body'],
    ['half of a surrogate pair', { type: 'addNote', body: 'a\ud800b' }, 'body'],
    ['a subject on two lines', { type: 'rename', subject: 'a\nb' }, 'subject'],
    ['a control character among the values', { type: 'agentReply', body: 'x', values: { a: '\u0007' } }, 'values.a'],
    ['an id with odd characters', { type: 'link', to: '<script>' }, 'to'],
    ['a malformed e-mail', { type: 'addWatcher', watcher: { id: 'w', email: 'nobody' } }, 'watcher.email'],
  ] as const)('is refused with its field: %s', (_what, command, field) => {
    given(opened).when(command).then(refused('invalid_command', field))
  })

  it('may hold tabs, line ends, emoji and any script', () => {
    const body = 'Zeile\tEins\r\n日本語 👩‍💻 ولد'
    given(opened).when({ type: 'addNote', body }).then({ type: 'InternalNoteAdded', body })
  })
})
