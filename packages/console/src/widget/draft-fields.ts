import type { OfferedDraft, UserError } from '../connection/documents.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import { moveText } from '../conversation/draft.ts'
import { checkedField, lineField } from '../page/checked-field.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import { sayIfTooLong } from '../page/text-form.ts'
import type { Words } from '../page/words.ts'
import { createContactFields } from './contact-fields.ts'
import type { DraftOpening } from './offered-drafts.ts'

/** The subject and the message of a draft, which its visitor changes, and how an anonymous one is answered. */
type DraftFields = {
  readonly elements: readonly HTMLElement[]
  /** What they say, without the space around it; undefined where one is blank or too long, which it says. */
  opening(): DraftOpening | undefined
  /** Says at a field why the desk refuses it. Returns whether the refusal is about one that is shown. */
  refuse(error: UserError): boolean
  /** Asks how the visitor is answered, or does not. */
  showContact(isShown: boolean): void
  /** Shows a draft, with what was typed in it before. */
  fillIn(draft: OfferedDraft): void
  /** Moves the subject and the message to the end of another field. */
  moveTo(field: HTMLTextAreaElement): void
  /** Forgets what was typed in the draft, and empties them. */
  forget(): void
  empty(): void
}

type Options = {
  readonly words: Words
  readonly formats: Formats
  /** Keeps what is typed in them. */
  readonly texts: VisitorTexts
}

/** The most characters of a subject. */
const longestSubject = 300

/** Makes the fields, empty. */
export function createDraftFields({ words, formats, texts }: Options): DraftFields {
  let draftId: string | undefined
  let isContactShown = false
  const page = { words, formats }
  const subject = lineField(
    words.subject,
    { name: 'draft-subject', type: 'text', dir: 'auto', required: true, autocomplete: 'off', longest: longestSubject },
    page,
  )
  const body = checkedField(
    words.firstMessage,
    h('textarea', { name: 'draft-body', rows: '4', dir: 'auto', required: true }),
    (text) => sayIfTooLong(text, page),
  )
  const contact = createContactFields({ ...page, prefix: 'draft-' })
  const textFields = [subject, body]
  const fields = [...textFields, ...contact.fields]
  for (const { input } of fields) texts.add(input, () => draftId && `${input.name}:${draftId}`)

  function showContact(isShown: boolean): void {
    isContactShown = isShown
    // The browser checks what is hidden, too, unless it is disabled.
    for (const { element, input } of contact.fields) element.hidden = input.disabled = !isShown
  }
  showContact(false)

  function empty(): void {
    draftId = undefined
    for (const { input } of fields) input.defaultValue = input.value = ''
  }

  return {
    elements: fields.map(({ element }) => element),
    opening: () => {
      for (const { say } of fields) say('')
      const blank = textFields.find(({ input }) => input.value.trim() === '')
      if (blank) blank.refuse(words.textMissing)
      const fieldsInUse = isContactShown ? fields : textFields
      if (blank || !fieldsInUse.every((field) => field.isShortEnough())) return undefined
      const text = { subject: subject.input.value.trim(), body: body.input.value.trim() }
      return isContactShown ? { ...text, ...contact.value() } : text
    },
    refuse: (error) => isContactShown && contact.refuse(error),
    showContact,
    fillIn: (draft) => {
      draftId = draft.id
      subject.input.defaultValue = subject.input.value = draft.subject
      body.input.defaultValue = body.input.value = draft.body
      for (const { input, say } of fields) {
        say('')
        texts.restore(input)
      }
    },
    moveTo: (field) => {
      for (const { input } of textFields) moveText(input, field)
    },
    forget: () => {
      for (const { input } of fields) input.value = input.defaultValue
      texts.keep()
      empty()
    },
    empty,
  }
}
