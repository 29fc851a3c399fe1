import { documents } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { createRatingForm } from './rating.ts'
import type { Session } from '../conversation/session.ts'
import type { Transport } from '../connection/transport.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'
import { isOver } from './visit.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

/**
 * What a visitor can do once their chat has ended: rate it, have it sent by e-mail where the desk does that, continue it,
 * and begin another one.
 */
type AfterChat = {
  readonly element: HTMLElement
  /** Shows it for a chat that has ended, and nothing for any other. */
  show(transport: Transport | undefined, session: Session | undefined): void
}

type Options = {
  readonly words: Words
  readonly rating: ReturnType<typeof createRatingForm>
  /** Continues the chat; returns the code of a refusal. */
  readonly reopen: () => Promise<string | undefined>
  readonly beginAnother: () => void
}

/** Shows it where the visitor's page puts it. */
export function createAfterChat({ words, rating, reopen, beginAnother }: Options): AfterChat {
  let endedId: string | undefined
  let send: (() => Promise<void>) | undefined
  const mail = h('button', { type: 'button', class: 'transcript', onclick: () => void send?.() }, words.mailTranscript)
  const answer = h('p', { class: 'hint', role: 'status', dir: 'auto' })
  const resume = h('button', { type: 'button', onclick: () => void tryAgain() }, words.continue)
  const again = h('button', { type: 'button', class: 'again', onclick: beginAnother }, words.again)
  const feet = h('div', { class: 'feet' }, resume, again)
  const element = h('div', { hidden: true }, rating.element, mail, answer, feet)

  /** What the desk refuses once is not offered again. */
  async function tryAgain(): Promise<void> {
    const chatId = endedId
    if ((await reopen()) !== undefined && chatId === endedId) resume.hidden = true
  }

  function offer(transport: Transport, { conversation, command }: Session): void {
    const { id } = conversation.chat
    send = async () => {
      mail.hidden = true
      const refused = await command('sendChatTranscript').catch((error: unknown) =>
        error instanceof Unreachable ? 'unavailable' : String(error),
      )
      setText(answer, refused === undefined ? words.transcriptSent : fill(words.transcriptNotSent, refused))
    }
    transport
      .ask<{ readonly chat: { readonly canSendTranscript: boolean } | null }>(documents.canSendTranscript, { id })
      .then(({ chat }) => {
        if (endedId === id) mail.hidden = !chat?.canSendTranscript
      })
      .catch((error: unknown) => {
        // Then it is not offered.
        if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      })
  }

  return {
    element,
    show: (transport, session) => {
      const chat = session?.conversation.chat
      const ended = chat?.status === 'CLOSED' ? chat : undefined
      element.hidden = !ended
      rating.show(ended)
      if (endedId === ended?.id) return
      endedId = ended?.id
      mail.hidden = true
      resume.hidden = !ended || isOver(ended)
      setText(answer, '')
      if (ended && transport && session) offer(transport, session)
    },
  }
}
