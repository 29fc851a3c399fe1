import type { Draft, DraftText, SuspicionReason } from '@guichet/domain'
import { draftText, reasonSentences, survivingCustomer } from '@guichet/domain'
import { isCustomer } from '../../auth/principal.ts'
import { viewerOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import type { ApiContext, Loaders } from '../services.ts'

/** How the viewer reads drafts: the language and the time zone, and the language of the desk for want of theirs. */
type Reading = { readonly language: string; readonly timeZone: string; readonly fallback: string }

/** What was read for the viewer of an operation, until it reads anew. */
const readings = new WeakMap<Loaders, Promise<Reading>>()

function readingOf(context: ApiContext): Promise<Reading> {
  const { loaders } = context
  const reading = readings.get(loaders) ?? readViewer(context)
  readings.set(loaders, reading)
  return reading
}

async function readViewer(context: ApiContext): Promise<Reading> {
  const viewer = viewerOf(context)
  const { desk } = context.services
  const [language, { policy }, customer] = await Promise.all([
    languageOfViewer(context),
    desk.terms(),
    isCustomer(viewer) ? survivingCustomer({ read: desk.readRecent }, viewer.id) : undefined,
  ])
  const details = !customer || customer.state.status === 'absent' ? undefined : customer.state.details
  return { language, timeZone: details?.timeZone ?? policy.timeZone, fallback: policy.defaultLanguage }
}

/**
 * The subject and the message of a draft: of one that is a ticket, what its customer has sent; of the others, in the
 * language of the viewer.
 * @param language another language.
 */
export async function textFor(draft: Draft, context: ApiContext, language?: string | null): Promise<DraftText> {
  if (draft.status === 'opened') return draft
  const reading = await readingOf(context)
  return draftText(draft.suspicion, language ?? reading.language, reading.timeZone, reading.fallback)
}

/** What customers are not told: what their colleagues have met, and what has raised the priority. */
const ofDesk: ReadonlySet<SuspicionReason['reason']> = new Set(['organisation', 'plan'])

/**
 * The reasons of a draft in sentences of the language of the viewer; its customer reads none of those about others.
 * @param language another language.
 */
export async function reasonsFor(
  { suspicion }: Draft,
  context: ApiContext,
  language?: string | null,
): Promise<readonly string[]> {
  const reading = await readingOf(context)
  const isTheirs = isCustomer(viewerOf(context))
  const reasons = suspicion.reasons.filter(({ reason }) => !isTheirs || !ofDesk.has(reason))
  return reasonSentences(reasons, language ?? reading.language, reading.fallback)
}
