import type { EventEnvelope } from '../kernel/event.ts'
import type { TicketEvent, TicketEventOf } from '../ticket/events.ts'
import type { StreamDesk } from './port.ts'
import { historyOf, redactMessages } from './redact-messages.ts'

type StoredEnvelope<E extends TicketEvent = TicketEvent> = EventEnvelope<E>

/**
 * Takes the subjects that were removed from a ticket out of its messages, such as reminders, which quote them: what is
 * left of the subject stands in their place. Left where it is quoted is a subject of fewer than four letters and
 * digits, and one of a single word without a digit, which messages may hold as a word. Where a script separates words, a
 * subject that stands within one is no quotation. Each message is changed once, by
 * an append of its own, in the name of whoever removed the subject last, and for their reason; a repeat changes nothing.
 * @throws Error when the ticket changes too fast, so that its sender tries again.
 */
export async function removeFormerSubjects(
  desk: Pick<StreamDesk, 'engine' | 'store'>,
  ticketId: string,
): Promise<void> {
  const history = await historyOf(desk, ticketId)
  const removal = history.findLast(removesSubject)
  const former = removal && formerSubjects(history, removal)
  if (!former) return
  const { id: causationId, correlationId, event } = removal
  const { by, reason, subject: left } = event
  const changed = new Set(
    history.flatMap((each) =>
      'messageId' in each.event && each.causationId === causationId ? each.event.messageId : [],
    ),
  )
  const withoutFormer = (body: string): string =>
    body.replace(former, (match, at: number) => (isWithin(left, match, body, at) ? match : left))
  await redactMessages(
    desk,
    ticketId,
    history,
    ({ messageId, body }) => ({
      remainder: changed.has(messageId) ? body : withoutFormer(body),
      attachmentIds: [],
    }),
    { by, reason, causationId, correlationId },
  )
}

type Removal = TicketEventOf<'TicketMessageRedacted'> & { readonly subject: string }

const removesSubject = (each: StoredEnvelope): each is StoredEnvelope<Removal> =>
  each.event.type === 'TicketMessageRedacted' && each.event.subject !== undefined

/** The subjects that a removal has removed, as a pattern that finds them whole; undefined if there is none to search for. */
function formerSubjects(
  history: readonly StoredEnvelope[],
  { version, event: { subject: left } }: StoredEnvelope<Removal>,
) {
  const subjects = new Set(history.flatMap((each) => (each.version < version ? subjectsIn(each.event) : [])))
  subjects.delete(left)
  const former = [...subjects].filter(isTelling)
  if (former.length === 0) return undefined
  const longestFirst = former.sort((one, other) => other.length - one.length).map(whole)
  return new RegExp(longestFirst.join('|'), 'gv')
}

const scripts = 'Han Hiragana Katakana Bopomofo Hangul Thai Lao Khmer Myanmar'.split(' ')

/** The letters of scripts in which a word follows another one, or an ending follows a word, without a space. */
const unspaced = `[[\\p{L}\\p{M}]&&[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]]`

const [startsUnspaced, endsUnspaced] = [new RegExp(`^${unspaced}`, 'v'), new RegExp(`${unspaced}$`, 'v')]

/** A pattern that finds a subject as a whole: where its script separates words, it neither begins nor ends within one. */
function whole(subject: string): string {
  const inWord = `[[\\p{L}\\p{N}]--${unspaced}]`
  const before = startsUnspaced.test(subject) ? '' : `(?<!${inWord})`
  const after = endsUnspaced.test(subject) ? '' : `(?!${inWord})`
  return `${before}${escaped(subject)}${after}`
}

/** Whether a subject found in a text is a part of what is left of it, such as “Refund 7” in “Refund 7 (removed)”. */
function isWithin(left: string, subject: string, text: string, at: number): boolean {
  for (let before = left.indexOf(subject); before >= 0; before = left.indexOf(subject, before + 1))
    if (before <= at && text.startsWith(left, at - before)) return true
  return false
}

const words = new Intl.Segmenter('en', { granularity: 'word' })

/** Whether a text says so much that where it stands in a message it is quoted. A word with a hyphen is one word. */
function isTelling(subject: string): boolean {
  if ((subject.match(/[\p{L}\p{N}]/gu) ?? []).length < 4) return false
  if (/\p{N}/u.test(subject)) return true
  return [...words.segment(subject.replace(/\p{Pd}/gu, ''))].filter(({ isWordLike }) => isWordLike).length > 1
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function subjectsIn(event: TicketEvent): readonly string[] {
  if (event.type === 'TicketOpened') return [event.subject]
  if (event.type === 'TicketRenamed') return [event.from, event.to]
  return event.type === 'TicketMessageRedacted' && event.subject !== undefined ? [event.subject] : []
}
