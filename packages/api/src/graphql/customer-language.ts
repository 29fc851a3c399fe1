import type { LanguageSource } from '@guichet/domain'
import { languageBySource, speaks, survivingCustomer } from '@guichet/domain'
import { isCustomer } from '../auth/principal.ts'
import { viewerOf } from './context.ts'
import type { ApiContext } from './services.ts'

/**
 * The language of a customer for whom none is given, with what says so: their preference, what the desk has recorded,
 * their browser, the country of their record, or their words; of one who was merged, those of the customer who survives.
 * @param acceptLanguage what their browser accepts, if they send the command themselves.
 */
export async function languageOfCustomerBySource(
  customerId: string,
  { services }: Pick<ApiContext, 'services'>,
  acceptLanguage?: string,
): Promise<{ readonly language: string; readonly source: LanguageSource } | undefined> {
  const { desk } = services
  const [{ id: survivor, state: record }, recipient] = await Promise.all([
    survivingCustomer({ read: desk.readRecent }, customerId),
    desk.readRecent('recipient', customerId),
  ])
  const recipients = survivor === customerId ? [recipient] : [recipient, await desk.readRecent('recipient', survivor)]
  const { details = {}, isLanguageCorrected = false, detectedLanguage } = record.status === 'absent' ? {} : record
  const { language, country } = details
  const { wording } = await desk.terms()
  const chosen = recipients.find(({ state }) => state.language)?.state.language
  const preference = chosen ?? (isLanguageCorrected ? undefined : language)
  const hints = { preference, correction: language, acceptLanguage, country, detected: detectedLanguage }
  return languageBySource(hints, (tag) => speaks(wording, tag))
}

/** The language of `languageOfCustomerBySource` alone. */
export const languageOfCustomer = async (
  ...of: Parameters<typeof languageOfCustomerBySource>
): Promise<string | undefined> => (await languageOfCustomerBySource(...of))?.language

/** The language in which the viewer reads what the desk writes by itself. */
export async function languageOfViewer(context: ApiContext): Promise<string> {
  const viewer = viewerOf(context)
  const { desk } = context.services
  const preferred = isCustomer(viewer)
    ? await languageOfCustomer(viewer.id, context, context.acceptLanguage)
    : (await desk.read('recipient', viewer.id)).state.language
  return preferred ?? (await desk.terms()).policy.defaultLanguage
}
