import { counted, inWords, words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import type {
  AlertsChanged,
  CustomerAnswer,
  LiveCard,
  LiveDataAnswer,
  OpenTickets,
  Outcome,
} from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { createSender } from '../connection/command-ids.ts'
import type { Chat } from '../connection/documents.ts'
import { draftItem, originOf } from './customer-drafts.ts'
import { createCustomerHealth } from './customer-health.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf } from '../connection/refusals.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask' | 'follow'>
  readonly chat: Chat
  readonly formats: Formats
  readonly fail: (code: string | undefined) => void
}

/** What the desk and other systems know of the customer of a chat. */
type CustomerPanel = {
  readonly element: HTMLElement
  /** Shows the customer of the chat as it is now: an anonymous visitor may have said who they are. */
  show(chat: Chat): void
  close(): void
}

/** Shows the profile, the health, the drafts, the open tickets with the analysis of those that were drafts, the alerts as they come, and the cards that an agent can send. */
export function createCustomerPanel({ transport, chat, formats, fail }: Options): CustomerPanel {
  const profile = h('div')
  const health = createCustomerHealth(formats)
  const drafts = h('ul')
  const draftPart = h('div', { hidden: true }, h('h3', {}, words.drafts), drafts)
  const tickets = h('ul')
  const alerts = h('ul', { class: 'alerts' })
  const cards = h('div', { class: 'cards' })
  const sendCommand = createSender()
  const failed = (error: unknown): void => fail(codeOf(error))

  const showCustomer = async (): Promise<void> => {
    const { chat: details } = await transport.ask<CustomerAnswer>(agentDocuments.customer, { id: chat.id })
    if (!details) return
    const { customerRecord: record, context } = details
    const figures = record?.figures
    profile.replaceChildren(
      facts([
        [words.name, record?.name ?? chat.customer.name],
        [words.organisation, record?.organisation?.name],
        [words.plan, record?.plan ?? details.plan],
        [words.language, record?.language ?? details.language],
        [words.blocked, record?.blocked?.reason],
        [
          words.lastThirtyDays,
          figures &&
            `${counted(figures.lastThirtyDays, words.ticketCount)}, ${counted(figures.chatsLastThirtyDays, words.chatCount)}`,
        ],
        [
          words.promises,
          figures && fill(words.promisesOf, String(figures.promisesKept), String(figures.promisesMissed)),
        ],
        ...context.map(({ name, value }) => [name, value] as const),
      ]),
    )
    health.show(record?.health ?? null, record?.activities?.nodes ?? null)
    // Whoever acts on a draft of the holdout spoils what it measures.
    const written = (record?.drafts.nodes ?? []).filter(({ withheldCause }) => withheldCause !== 'HOLDOUT')
    drafts.replaceChildren(...written.map((draft) => draftItem(draft, formats)))
    draftPart.hidden = written.length === 0
    const open = record ? await openTickets([record.id, ...record.merged]) : []
    tickets.replaceChildren(
      ...open.map(({ number, subject, status, draft }) =>
        h('li', { dir: 'auto' }, `#${number} ${subject} · ${inWords(status)}`, ...(draft ? [originOf(draft)] : [])),
      ),
      ...(open.length === 0 ? [h('li', {}, words.none)] : []),
    )
  }
  const openTickets = async (customerIds: readonly string[]): Promise<OpenTickets['tickets']['nodes']> =>
    (await transport.ask<OpenTickets>(agentDocuments.openTickets, { customerIds })).tickets.nodes
  const showLiveData = async (): Promise<void> => {
    const { chat: details } = await transport.ask<LiveDataAnswer>(agentDocuments.liveData, { id: chat.id })
    const { cards: liveCards = [], failedSources = [] } = details?.liveData ?? {}
    cards.replaceChildren(
      ...liveCards.map(cardElement),
      ...failedSources.map((source) => h('p', {}, fill(words.sourceSilent, source))),
      ...(liveCards.length + failedSources.length === 0 ? [h('p', {}, words.none)] : []),
    )
  }
  const cardElement = (card: LiveCard): HTMLElement =>
    h(
      'div',
      { class: 'card' },
      h('b', { dir: 'auto' }, card.title),
      facts(card.fields.map(({ label, value }) => [label, value] as const)),
      h('small', {}, `${card.source}, ${formats.full(card.asOf)} `),
      h(
        'button',
        {
          type: 'button',
          'aria-label': fill(words.sendCard, card.title),
          onclick: () => void send(card).catch(failed),
        },
        words.send,
      ),
    )
  const send = async ({ source, cardId }: LiveCard): Promise<void> => {
    const { result } = await sendCommand([source, cardId], (commandId) => {
      const input = { commandId, chatId: chat.id, messageId: commandId, source, cardId }
      return transport.ask<Outcome>(agentDocuments.sendLiveDataCard, { input })
    })
    fail(result.userErrors[0]?.code)
  }
  const refresh = (): void => {
    void showCustomer().catch(failed)
    void showLiveData().catch(failed)
  }
  const followAlerts = (customerId: string): (() => void) =>
    transport.follow<AlertsChanged>(agentDocuments.customerAlertsChanged, () => ({ customerId }), {
      next: ({ customerAlertsChanged: { alerts: active } }) =>
        alerts.replaceChildren(
          ...active.map(({ severity, title, source, since }) =>
            h(
              'li',
              { class: severity.toLowerCase() },
              h('b', {}, inWords(severity)),
              ' ',
              h('bdi', {}, title),
              ` (${source}${since === null ? '' : `, ${fill(words.since, formats.full(since))}`})`,
            ),
          ),
          ...(active.length === 0 ? [h('li', {}, words.none)] : []),
        ),
      refused: fail,
      brief: true,
    })
  let shownId: string | undefined
  let stop = (): void => undefined
  const show = ({ customer: { userId } }: Chat): void => {
    if (userId === shownId) return
    stop()
    shownId = userId
    alerts.replaceChildren()
    stop = followAlerts(userId)
    refresh()
  }
  show(chat)
  const element = h(
    'aside',
    { class: 'customer', 'aria-label': words.customer, tabindex: '0' },
    h('h3', {}, words.customer),
    profile,
    health.element,
    h('h3', {}, words.alerts),
    h('div', { role: 'status', 'aria-label': words.alerts }, alerts),
    draftPart,
    h('h3', {}, words.ticketsOpen),
    tickets,
    h('h3', {}, words.liveData),
    cards,
    h('button', { type: 'button', onclick: refresh }, words.refresh),
  )
  return { element, show, close: () => stop() }
}

const facts = (rows: readonly (readonly [label: string, value: string | null | undefined])[]): HTMLElement =>
  h(
    'dl',
    {},
    ...rows.flatMap(([label, value]) =>
      value == null ? [] : [h('div', {}, h('dt', { dir: 'auto' }, label), h('dd', { dir: 'auto' }, value))],
    ),
  )
