import type { Chat } from './documents.ts'
import { h, setText } from './dom.ts'
import { isOver } from './visit.ts'
import type { Words } from './words.ts'
import { fill } from './words.ts'

type Rating = { readonly rating: number; readonly comment?: string }

/** Five stars and a comment, which the visitor can change for as long as the desk takes them. */
type RatingForm = {
  readonly element: HTMLElement
  /** Shows it for a chat that has ended; undefined for none. */
  show(ended: Chat | undefined): void
}

/** The most characters of a comment. */
const longestComment = 2_000

/** `rate` sends a rating, with the comment that it keeps; returns the code of a refusal. */
export function createRatingForm(words: Words, rate: (given: Rating) => Promise<string | undefined>): RatingForm {
  let shown: Chat | undefined
  /** What was given here last, which the chat may not show yet. */
  let last: Rating | undefined
  const stars = [1, 2, 3, 4, 5].map((n) =>
    h('button', { type: 'button', 'aria-label': fill(words.stars, `${n}`), onclick: () => void star(n) }, `${n} ★`),
  )
  const comment = h('textarea', { rows: '2', dir: 'auto', id: 'comment', maxlength: `${longestComment}` })
  const thanks = h('p', { class: 'thanks', role: 'status', dir: 'auto' })
  const form = h(
    'form',
    { class: 'comment', hidden: true, onsubmit: (event) => void send(event) },
    h('label', { for: 'comment' }, words.comment),
    comment,
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
    const said = (last ?? shown?.rating)?.comment ?? undefined
    press(rating)
    await give({ rating, ...(said !== undefined && { comment: said }) }, words.thanks)
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault()
    const said = comment.value.trim()
    const rating = stars.findIndex(({ ariaPressed }) => ariaPressed === 'true') + 1
    if (rating > 0) await give({ rating, ...(said !== '' && { comment: said }) }, words.commented)
  }

  async function give(given: Rating, answer: string): Promise<void> {
    const id = shown?.id
    last = given
    setText(thanks, '')
    const refused = await rate(given)
    if (shown?.id !== id) return
    if (refused === undefined) return setText(thanks, answer)
    last = undefined
    press(shown?.rating?.rating)
  }

  return {
    element,
    show: (ended) => {
      const [before, now] = [shown?.rating, ended?.rating]
      if (shown?.id !== ended?.id) {
        setText(thanks, now ? words.thanks : '')
        comment.value = now?.comment ?? ''
        last = undefined
        press(now?.rating)
      } else if (now && now.rating !== before?.rating) press(now.rating)
      shown = ended
      element.hidden = !ended || (isOver(ended) && !now)
      form.hidden = !now || isOver(ended as Chat)
      for (const one of stars) one.disabled = ended !== undefined && isOver(ended)
    },
  }
}
