import type { DraftInReview, DraftsInReviewChanged, Outcome } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { createSender } from '../connection/command-ids.ts'
import { certainty } from './customer-drafts.ts'
import { counted, inWords, language, words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import { codeOf } from '../connection/refusals.ts'
import type { SolutionOptions } from '../connection/draft-solutions.ts'
import { showSolutions } from '../connection/draft-solutions.ts'
import type { Transport } from '../connection/transport.ts'
import { h, setText } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'

type Options = {
  readonly transport: Pick<Transport, 'ask' | 'follow' | 'pause'>
  readonly formats: Formats
  readonly fail: (code: string | undefined) => void
}

/** The drafts that wait for a supervisor, before their customers see them. */
type DraftReview = { readonly element: HTMLElement; close(): void }

/** The item of a draft in the list: what is typed in it stays, and so does the focus. */
type DraftItem = {
  readonly element: HTMLElement
  /** Shows what may change while the draft waits. */
  update(draft: DraftInReview): void
  /** Shows what may solve the trouble, which is asked for once. */
  showSolutions(): void
}

/** Whether somebody with a role of the API decides on drafts. */
export const reviewsDrafts = (role: string): boolean => role === 'SUPERVISOR' || role === 'ADMIN'

/** Lists the drafts that are held, as they come; there is nothing to see while there are none. */
export function createDraftReview({ transport, formats, fail }: Options): DraftReview {
  const sendCommand = createSender()
  const status = h('p', { class: 'hidden', role: 'status' })
  const summary = h('summary')
  const list = h('ul')
  const details = h('details', { class: 'drafts', hidden: true }, summary, list)
  const items = new Map<string, DraftItem>()
  // Each is a request: not before somebody looks, and of no draft that was decided meanwhile.
  const showAllSolutions = (): void => {
    if (details.open) for (const item of items.values()) item.showSolutions()
  }
  details.addEventListener('toggle', showAllSolutions)

  const decide = async (
    name: 'approveDraft' | 'withholdDraft',
    { number, customerId }: DraftInReview,
    reason = '',
  ): Promise<void> => {
    const decision = { customerId, number, ...(reason !== '' && { reason }) }
    try {
      const { result } = await sendCommand([name, decision], (commandId) =>
        transport.ask<Outcome>(agentDocuments[name], { input: { commandId, ...decision } }),
      )
      fail(result.userErrors[0]?.code)
    } catch (error) {
      fail(codeOf(error))
    }
  }

  const itemOf = (draft: DraftInReview): DraftItem => {
    const { subject, body, confidence, reasons, suspectedAt, customer, customerId } = draft
    const incident = h('p')
    const solutions = h('div')
    let isAsked = false
    const reason = h('input', {
      'aria-label': fill(words.withholdReason, subject),
      placeholder: words.withholdHint,
      autocomplete: 'off',
      dir: 'auto',
    })
    const button = (label: string, run: () => Promise<void>): HTMLElement =>
      h('button', { type: 'button', 'aria-label': fill(words.about, label, subject), onclick: () => void run() }, label)
    const element = h(
      'li',
      {},
      h('b', { dir: 'auto' }, subject),
      h('p', { dir: 'auto' }, body),
      h('p', {}, fill(words.draftFor, customer?.name ?? customerId, certainty(confidence), formats.full(suspectedAt))),
      h('ul', {}, ...reasons.map((each) => h('li', { dir: 'auto' }, each))),
      incident,
      solutions,
      h(
        'div',
        { class: 'chat-actions' },
        button(words.offerIt, () => decide('approveDraft', draft)),
        button(words.withholdIt, () => decide('withholdDraft', draft, reason.value.trim())),
        reason,
      ),
    )
    return {
      element,
      update: ({ likelyIncident }) => {
        incident.hidden = !likelyIncident
        setText(incident, likelyIncident ? incidentInWords(likelyIncident) : '')
      },
      showSolutions: () => {
        if (isAsked) return
        isAsked = true
        void showSolutions(transport, draft.id, solutionOptions).then((elements) => solutions.append(...elements))
      },
    }
  }

  const incidentInWords = ({ people, usual }: NonNullable<DraftInReview['likelyIncident']>): string =>
    fill(words.manyHave, String(people), formats.number(usual))

  const show = (drafts: readonly DraftInReview[]): void => {
    const keys = new Set(drafts.map(keyOf))
    let hadFocus = false
    for (const [key, { element }] of items) {
      if (keys.has(key)) continue
      hadFocus ||= element.contains(document.activeElement)
      element.remove()
      items.delete(key)
    }
    for (const [index, draft] of drafts.entries()) {
      const item = items.get(keyOf(draft)) ?? itemOf(draft)
      items.set(keyOf(draft), item)
      item.update(draft)
      // What is moved loses the focus.
      if (list.children[index] !== item.element) list.insertBefore(item.element, list.children[index] ?? null)
    }
    showAllSolutions()
    const text = counted(drafts.length, words.draftsWait)
    setText(summary, text)
    setText(status, drafts.length === 0 ? '' : text)
    details.hidden = drafts.length === 0
    if (hadFocus && !details.hidden) summary.focus()
  }

  const stop = transport.follow<DraftsInReviewChanged>(agentDocuments.draftsInReviewChanged, () => ({}), {
    next: ({ draftsInReviewChanged: { drafts } }) => show(drafts),
    refused: fail,
    brief: true,
  })
  return { element: h('div', {}, status, details), close: stop }
}

const solutionOptions: SolutionOptions = {
  language,
  titles: { tickets: words.solved, articles: words.articlesHelp },
  nameOf: ({ name, kind }) => name ?? inWords(kind),
  showsUnlinked: true,
}

const keyOf = ({ customerId, number }: DraftInReview): string => `${number} ${customerId}`
