import { languageOf, speaks, survivingCustomer } from '@guichet/domain'
import { isCustomer } from '../auth/principal.ts'
import { viewerOf } from './context.ts'
import type { ApiContext } from './services.ts'

/**
 * The language of a customer for whom none is given: by their preference, their browser, or the country of their record;
 * of one who was merged, by those of the customer who survives.
 * @param acceptLanguage what their browser accepts, if they send the command themselves.
 */
export async function languageOfCustomer(
  customerId: string,
  { services }: Pick<ApiContext, 'services'>,
  acceptLanguage?: string,
): Promise<string | undefined> {
  const { desk } = services
  const [{ id: survivor, state: record }, recipient] = await Promise.all([
    survivingCustomer({ read: desk.readRecent }, customerId),
    desk.readRecent('recipient', customerId),
  ])
  const recipients = survivor === customerId ? [recipient] : [recipient, await desk.readRecent('recipient', survivor)]
  const { language, country } = record.status === 'absent' ? {} : record.details
  const { wording } = await desk.terms()
  const preference = recipients.find(({ state }) => state.language)?.state.language ?? language
  return languageOf({ preference, acceptLanguage, country }, (tag) => speaks(wording, tag))
}

/** The language in which the viewer reads what the desk writes by itself. */
export async function languageOfViewer(context: ApiContext): Promise<string> {
  const viewer = viewerOf(context)
  const { desk } = context.services
  const preferred = isCustomer(viewer)
    ? await languageOfCustomer(viewer.id, context, context.acceptLanguage)
    : (await desk.read('recipient', viewer.id)).state.language
  return preferred ?? (await desk.terms()).policy.defaultLanguage
}
