import type { DraftIncident, OfferedDraft, UserError } from '../connection/documents.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import { confirmButton } from '../page/confirm-button.ts'
import { h, isVisible, setText } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'
import { createDraftFields } from './draft-fields.ts'
import type { OfferedDrafts } from './offered-drafts.ts'
import { isOver } from './offered-drafts.ts'

/** A ticket that is already written: the visitor changes it, opens it, or does not need it. */
type DraftForm = {
  readonly element: HTMLElement
  /** Says that a ticket is ready, and what has become of it; it stays in sight while the form does not. */
  readonly answer: HTMLElement
  /** Offers drafts again to a visitor who has switched them off; hidden for all others. */
  readonly switchOn: HTMLElement
  /** Shows the draft that is offered now. What is typed in it stays for as long as it is the same one. */
  show(): void
  /** Empties the form. */
  reset(): void
}

type Options = {
  readonly words: Words
  readonly formats: Formats
  /** Keeps what is typed in the form. */
  readonly texts: VisitorTexts
  readonly drafts: OfferedDrafts
  /** Whether the visitor is anonymous: then they say how they are answered. */
  readonly isAnonymous: () => boolean
  /** Where the visitor writes to the desk now: their words go on there when it refuses the ticket. */
  readonly messageField: () => HTMLTextAreaElement
  readonly changed: () => void
}

/** What a visitor decides of a draft, or of all. */
type Choice = 'open' | 'dismiss' | 'switchOff'

/** Whether the desk has refused the ticket of a draft: one without an answer may be open. */
const isRefusedTicket = (refusal: UserError): boolean => !isOver(refusal) && refusal.code !== 'unavailable'

/** How certain the desk is, in words. */
export const confidenceInWords = (confidence: number, words: Words): string =>
  confidence >= 0.95 ? words.draftCertain : confidence >= 0.8 ? words.draftLikely : words.draftPossible

/** That the desk knows of the trouble, in words. */
export const incidentInWords = ({ title, isResolved }: DraftIncident, words: Words): string =>
  fill(isResolved ? words.draftSolved : words.draftKnown, title)

/** Makes the form, hidden. */
export function createDraftForm(options: Options): DraftForm {
  const { words, formats, texts, drafts, isAnonymous, messageField, changed } = options
  let draft: OfferedDraft | undefined
  /** The id of the draft whose ticket the desk has refused: it may be offered no more only after the answer. */
  let refusedId: string | undefined
  let isDeciding = false
  /** The number of people who were at the page before. */
  let earlierPeople = 0
  const fields = createDraftFields({ words, formats, texts })
  const incident = h('p', { dir: 'auto', hidden: true })
  const confidence = h('p', { dir: 'auto' })
  const reasons = h('ul')
  const solutions = h('div')
  const open = h('button', { class: 'primary' }, words.openDraft)
  const dismiss = h(
    'button',
    { type: 'button', onclick: () => void decide('dismiss', drafts.dismiss) },
    words.dismissDraft,
  )
  const switchOff = confirmButton({
    label: words.switchDraftsOff,
    question: words.switchDraftsOffAsked,
    yes: words.switchDraftsOffNow,
    no: words.endNot,
    confirmed: () => void decide('switchOff', drafts.switchOff),
  })
  const form = h(
    'form',
    {
      class: 'start',
      'aria-labelledby': 'draft-title',
      onsubmit: (event) => {
        event.preventDefault()
        const opening = fields.opening()
        if (opening) void decide('open', (offered) => drafts.open(offered, opening))
      },
    },
    h('h3', { id: 'draft-title', dir: 'auto' }, words.draftTitle),
    h('p', { dir: 'auto' }, words.draftIntro),
    incident,
    confidence,
    reasons,
    solutions,
    ...fields.elements,
    h('div', { class: 'feet' }, switchOff, dismiss, open),
  )
  const answer = h('p', { class: 'hint', role: 'status', dir: 'auto' })
  const again = h('button', { type: 'button', onclick: () => void offerAgain() }, words.switchDraftsOn)
  const switchOn = h('div', { class: 'feet', hidden: true }, again)
  const element = h('div', { class: 'draft', hidden: true }, form)

  async function decide(
    choice: Choice,
    send: (decided: OfferedDraft) => Promise<UserError | undefined>,
  ): Promise<void> {
    const decided = draft
    if (!decided || isDeciding) return
    isDeciding = open.disabled = dismiss.disabled = true
    try {
      const refusal = await send(decided)
      // Somebody else may be at the page now.
      if (draft !== decided) return
      const isSaid = refusal !== undefined && fields.refuse(refusal)
      setText(answer, isSaid ? words.draftReady : answerTo(choice, refusal))
      if (refusal === undefined) refusedId = undefined
      else if (choice === 'open' && !isSaid && isRefusedTicket(refusal)) refusedId = decided.id
      if (decided.id !== drafts.current()?.id && (isOver(refusal) || drafts.isKnown())) forget()
    } finally {
      isDeciding = open.disabled = dismiss.disabled = false
      changed()
    }
  }

  async function offerAgain(): Promise<void> {
    const before = earlierPeople
    again.disabled = true
    try {
      const refusal = await drafts.switchOn()
      if (before !== earlierPeople) return
      setText(answer, refusal === undefined ? words.draftsOn : fill(words.notDone, refusal.code))
    } finally {
      again.disabled = false
      changed()
    }
  }

  function answerTo(choice: Choice, refusal: UserError | undefined): string {
    if (refusal === undefined) return answers[choice]
    return isOver(refusal) ? words.draftOver : fill(words.notDone, refusal.code)
  }
  const answers: Readonly<Record<Choice, string>> = {
    open: words.draftOpened,
    dismiss: words.draftDismissed,
    switchOff: words.draftsOff,
  }

  function fillIn(offered: OfferedDraft): void {
    draft = offered
    setText(answer, words.draftReady)
    fields.fillIn(offered)
    showIncident(offered.incident)
    setText(confidence, confidenceInWords(offered.confidence, words))
    reasons.replaceChildren(...offered.reasons.map((reason) => h('li', { dir: 'auto' }, reason)))
    void drafts.solutionsFor(offered, solutionOptions).then((elements) => {
      if (draft === offered) solutions.replaceChildren(...elements)
    })
  }

  function showIncident(known: DraftIncident | null): void {
    incident.hidden = !known
    setText(incident, known ? incidentInWords(known, words) : '')
  }

  const solutionOptions = {
    titles: { tickets: words.draftSimilar, articles: words.draftArticles },
    nameOf: ({ name, kind }: { readonly name: string | null; readonly kind: string }) =>
      name ?? (kind === 'CUSTOMER' ? words.customer : words.agent),
    showsUnlinked: false,
  }

  function forget(): void {
    if (draft && draft.id === refusedId) fields.moveTo(messageField())
    fields.forget()
    draft = refusedId = undefined
    reasons.replaceChildren()
    showIncident(null)
    solutions.replaceChildren()
  }

  return {
    element,
    answer,
    switchOn,
    show: () => {
      switchOn.hidden = !drafts.areOff()
      // Until the desk says what it offers, as after a lost connection, what is typed stays in sight.
      if (isDeciding || !drafts.isKnown()) return
      const current = drafts.current()
      if (draft && draft.id !== current?.id) {
        // It has lapsed, or was decided elsewhere, unless the desk has refused its ticket, which was said.
        if (draft.id !== refusedId) setText(answer, isVisible(element) ? words.draftOver : '')
        forget()
      }
      fields.showContact(isAnonymous())
      if (current && !draft) fillIn(current)
      element.hidden = !current
    },
    reset: () => {
      earlierPeople++
      draft = refusedId = undefined
      fields.empty()
      reasons.replaceChildren()
      showIncident(null)
      solutions.replaceChildren()
      setText(answer, '')
      element.hidden = switchOn.hidden = true
    },
  }
}
