import type { Chat } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { VisitorTexts } from '../conversation/draft.ts'
import { commentPlace } from '../conversation/draft.ts'
import type { Formats } from '../page/formats.ts'
import { sayIfTooLong } from '../page/text-form.ts'
import { isOver } from './visit.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

type Rating = { readonly rating: number; readonly comment?: string }

/** Five stars and a comment, which the visitor can change for as long as the desk takes them. */
type RatingForm = {
  readonly element: HTMLElement
  /** Shows it for a chat that has ended; undefined for none. */
  show(ended: Chat | undefined): void
}

/** The most characters of a comment. */
const longestComment = 2_000

type Options = {
  readonly words: Words
  readonly formats: Formats
  readonly texts: VisitorTexts
  /** Sends a rating, with the comment that it keeps; returns the code of a refusal. */
  readonly rate: (rating: Rating) => Promise<string | undefined>
}

/** Makes the form, hidden. */
export function createRatingForm({ words, formats, texts, rate }: Options): RatingForm {
  let chat: Chat | undefined
  /** What was given here last, which the chat may not show yet. */
  let last: Rating | undefined
  const stars = [1, 2, 3, 4, 5].map((n) =>
    h(
      'button',
      { type: 'button', 'aria-label': fill(words.stars, formats.number(n)), onclick: () => void star(n) },
      `${formats.number(n)} ★`,
    ),
  )
  const comment = h('textarea', { rows: '2', dir: 'auto', id: 'comment', oninput: () => sayTooLong() })
  const hint = h('p', { class: 'field-problem', role: 'alert', dir: 'auto' })
  const sayTooLong = (): void => setText(hint, sayIfTooLong(comment.value, { words, formats }, longestComment))
  texts.add(comment, () => chat && commentPlace(chat.id))
  const thanks = h('p', { class: 'thanks', role: 'status', dir: 'auto' })
  const form = h(
    'form',
    { class: 'comment', hidden: true, onsubmit: (event) => void send(event) },
    h('label', { for: 'comment' }, words.comment),
    comment,
    hint,
    h('button', {}, words.sendComment),
  )
  const element = h(
    'fieldset',
    { class: 'rating', hidden: true },
    h('legend', {}, words.rate),
    h('div', {}, ...stars),
    thanks,
    form,
  )

  const press = (rating: number | undefined): void => {
    for (const [index, one] of stars.entries()) one.ariaPressed = String(index + 1 === rating)
  }

  async function star(rating: number): Promise<void> {
    const said = (last ?? chat?.rating)?.comment ?? undefined
    press(rating)
    await give({ rating, ...(said !== undefined && { comment: said }) }, words.thanks)
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault()
    sayTooLong()
    const said = comment.value.trim()
    const rating = stars.findIndex(({ ariaPressed }) => ariaPressed === 'true') + 1
    if (hint.textContent !== '' || rating === 0) return
    const id = chat?.id
    if (!(await give({ rating, ...(said !== '' && { comment: said }) }, words.commented)) || chat?.id !== id) return
    // What is typed since then is not sent.
    const typed = comment.value
    comment.defaultValue = said
    comment.value = typed.trim() === said ? said : typed
  }

  /** Returns whether it was taken. */
  async function give(rating: Rating, answer: string): Promise<boolean> {
    const id = chat?.id
    last = rating
    setText(thanks, '')
    const refused = await rate(rating)
    if (chat?.id === id) {
      if (refused === undefined) setText(thanks, answer)
      else {
        last = undefined
        press(chat?.rating?.rating)
      }
    }
    return refused === undefined
  }

  return {
    element,
    show: (ended) => {
      const [before, now] = [chat?.rating, ended?.rating]
      const isAnother = chat?.id !== ended?.id
      if (isAnother) texts.keep()
      chat = ended
      if (isAnother) {
        setText(thanks, now ? words.thanks : '')
        comment.value = comment.defaultValue = now?.comment ?? ''
        texts.restore(comment)
        sayTooLong()
        last = undefined
        press(now?.rating)
      } else if (now && now.rating !== before?.rating) press(now.rating)
      element.hidden = !ended || (isOver(ended) && !now)
      form.hidden = !now || isOver(ended as Chat)
      for (const one of stars) one.disabled = ended !== undefined && isOver(ended)
    },
  }
}
