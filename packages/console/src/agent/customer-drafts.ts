import type { CustomerDraft, TicketOrigin } from './agent-documents.ts'
import { inWords, words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'

/** How certain a suspicion is, in words. */
export const certainty = (confidence: number): string => fill(words.certain, String(Math.round(confidence * 100)))

const reasonList = (reasons: readonly string[]): HTMLElement =>
  h('ul', {}, ...reasons.map((reason) => h('li', { dir: 'auto' }, reason)))

/** A draft of a customer: what has become of it, and why the trouble was suspected. */
export const draftItem = (
  { subject, body, status, confidence, reasons, suspectedAt, ticket }: CustomerDraft,
  formats: Formats,
): HTMLElement =>
  h(
    'li',
    {},
    h(
      'details',
      {},
      h(
        'summary',
        { dir: 'auto' },
        `${subject} · ${inWords(status)}${ticket ? ` ${fill(words.asTicket, String(ticket.number))}` : ''}`,
      ),
      h('p', { dir: 'auto' }, body),
      h('p', {}, `${certainty(confidence)}, ${formats.full(suspectedAt)}`),
      reasonList(reasons),
    ),
  )

/** The analysis of the draft that a ticket was opened from: the rule, the reasons and what was counted. */
export const originOf = ({ rule, confidence, reasons, evidence }: TicketOrigin): HTMLElement =>
  h(
    'details',
    {},
    h('summary', {}, fill(words.fromDraft, certainty(confidence))),
    h('p', {}, fill(words.rule, rule === null ? words.ruleUnknown : inWords(rule))),
    reasonList(reasons),
    h('ul', {}, ...evidence.map(({ fingerprint, count }) => h('li', {}, `${fingerprint}: ${count}`))),
  )
