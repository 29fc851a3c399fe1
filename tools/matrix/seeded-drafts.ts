import type { DraftEvent } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Canaries } from './canaries.ts'

/** The numbers of the drafts of each customer, by what becomes of them. */
export const draftNumbers = {
  /** It is the ticket of the customer. */
  opened: 1,
  /** A review decides that its customer does not see it. */
  withheld: 2,
  /** It waits for its review. */
  held: 3,
  /** Its customer sees it, and has not decided. */
  offered: 4,
  /** It lapses before a review. */
  unreviewed: 5,
  dismissed: 6,
  /** It is the solved ticket of the customer, and about the same trouble as the opened one. */
  settled: 7,
} as const

type DraftName = keyof typeof draftNumbers

type Arguments = Readonly<Record<string, unknown>>

/** A type of event, and the values that are given in its data. */
type Step = readonly [type: DraftEvent['type'], given: Arguments]

/** Whose drafts they are, and the tickets that two of them become. */
type Owner = { readonly customer: string; readonly ticket: string; readonly solved: string }

const lapsesAt = instant('2099-01-01T00:00:00Z')

/** The text of a draft as it was suspected: readers get it in their own language, made of the trouble. */
const stored: Arguments = { subject: 'a subject', body: 'a body' }

/** Trouble that all customers share. */
export const sharedTrouble = 'error_occurred:E_PAY'

/** Each may be shown the solved tickets of their own alone. */
const shared: Arguments = {
  ...stored,
  'suspicion.fingerprint': sharedTrouble,
  'suspicion.code': 'E_PAY',
  'suspicion.pages': ['/pay'],
  'suspicion.versions': ['2.1'],
}

/** Every type of event of the drafts of a customer. The desk alone may see the texts of those never offered. */
export function draftEventsOf({ customer, ticket, solved }: Owner, canaries: Canaries): readonly Step[] {
  const written = (name: DraftName, isVisible: boolean): Arguments => {
    const plant = (part: string): string =>
      canaries.plant({
        name: `the ${part} of the ${name} draft of ${customer}`,
        customer: isVisible ? customer : undefined,
      })
    return {
      ...stored,
      'suspicion.code': plant('code'),
      'suspicion.pages': [plant('page')],
      'suspicion.versions': [plant('version')],
    }
  }
  const step = (type: DraftEvent['type'], name: DraftName, given: Arguments = {}): Step => [
    type,
    { number: draftNumbers[name], lapsesAt, ...given },
  ]
  const suspected = (name: DraftName, given: Arguments): Step =>
    step('TroubleSuspected', name, { language: 'fr', ...given })
  return [
    ['DraftsSwitchedOff', {}],
    ['DraftsSwitchedOn', {}],
    suspected('opened', shared),
    step('DraftOffered', 'opened'),
    step('DraftOpened', 'opened', { ticketId: ticket, language: 'fr' }),
    suspected('withheld', written('withheld', false)),
    step('DraftWithheld', 'withheld', { cause: 'review' }),
    suspected('held', written('held', false)),
    suspected('offered', written('offered', true)),
    step('DraftOffered', 'offered'),
    suspected('unreviewed', written('unreviewed', false)),
    step('DraftLapsed', 'unreviewed'),
    suspected('dismissed', written('dismissed', true)),
    step('DraftOffered', 'dismissed'),
    step('DraftDismissed', 'dismissed'),
    suspected('settled', shared),
    step('DraftOffered', 'settled'),
    step('DraftOpened', 'settled', { ...stored, ticketId: solved, language: 'fr' }),
    step('DraftSettled', 'settled'),
    step('DraftReopened', 'settled'),
    step('DraftRedacted', 'settled'),
    step('DraftSettled', 'settled'),
  ]
}
