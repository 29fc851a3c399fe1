import { randomUUID } from 'node:crypto'
import { parse } from 'node:querystring'
import type { FastifyRequest } from 'fastify'
import type { Desk } from '@guichet/domain'
import { normalEmail } from '@guichet/desk/contacts'
import { derivedId } from '../../graphql/command.ts'
import type { RateLimits } from '../authentication.ts'
import { refuseForeignOrigin } from '../origins.ts'
import type { FormFault } from './contact-page.ts'
import { contactPage, messageSchema } from './contact-page.ts'
import type { HelpCentre } from './page.ts'
import { paths } from './page.ts'

/** The longest body of a message, in bytes: the longest text in a form, where a character takes up to twelve. */
export const longestMessage = 1024 * 1024

/** The most fields of a form that are read. */
const mostFields = 20

/** The fields of a form, by name: of several with a name the first one. */
type FormFields = ReadonlyMap<string, string>

/** Reads the first fields of a form, which may have any number of them. */
export function parseForm(body: string): FormFields {
  const fields = parse(body, '&', '=', { maxKeys: mostFields })
  return new Map(Object.entries(fields).map(([name, value = '']) => [name, [value].flat()[0] ?? '']))
}

/** Whom the ids of these messages and of those who send them are derived from. */
const sender = { role: 'visitor', id: 'help-centre' } as const

/** What a message has led to: another page, or the form with what was written and why it was not taken. */
type Outcome = { readonly path: string } | { readonly status: 422 | 429; readonly wait?: number; readonly page: string }

/**
 * Creates what opens a ticket from the form of the help centre. Whoever writes is anonymous: the address that they type is where
 * they are answered, and identifies nobody. A form that is sent twice opens one ticket.
 */
export function createContactForm(desk: Pick<Desk, 'execute'>, { takeVisitor }: Pick<RateLimits, 'takeVisitor'>) {
  return async (centre: HelpCentre, language: string, request: FastifyRequest): Promise<Outcome> => {
    // Pages without a referrer send no origin; browsers then still say that the page was of this one.
    if (request.headers['sec-fetch-site'] !== 'same-origin') refuseForeignOrigin(request, [])
    const form = request.body instanceof Map ? (request.body as FormFields) : new Map<string, string>()
    const texts = {
      id: form.get('id') ?? '',
      name: textOf(form, 'name'),
      email: textOf(form, 'email'),
      subject: textOf(form, 'subject'),
      message: textOf(form, 'message'),
      website: textOf(form, 'website'),
    }
    const sentId = messageSchema.shape.id.safeParse(texts.id).success ? texts.id : randomUUID()
    const again = async (
      fault: FormFault,
      rest: { readonly status: 422 | 429; readonly wait?: number },
      id: string = sentId,
    ): Promise<Outcome> => ({ ...rest, page: await contactPage(centre, language, { ...texts, id }, fault) })

    const wait = await takeVisitor(request)
    if (wait !== undefined) return again({ reason: 'notSent' }, { status: 429, wait })
    const { success, data, error } = messageSchema.safeParse(texts)
    if (!success) {
      const [place] = error.issues[0]?.path ?? []
      const field = (['name', 'email', 'subject', 'message'] as const).find((name) => name === place)
      const reason = field === undefined ? 'notSent' : texts[field] === undefined ? 'fieldMissing' : 'fieldInvalid'
      return again({ field, reason }, { status: 422 })
    }
    const email = normalEmail(data.email)
    if (email === undefined) return again({ field: 'email', reason: 'emailInvalid' }, { status: 422 })
    if (data.website !== undefined) return again({ reason: 'notSent' }, { status: 422 })

    const { id, name, subject, message: body } = data
    const named = name === undefined ? {} : { name }
    const customer = { id: `visitor-${derivedId(sender, id)}`, email, ...named }
    const by = { kind: 'customer', id: customer.id, ...named } as const
    const open = { type: 'open', subject, body, customer, channel: 'web', language } as const
    const outcome = await desk.execute('ticket', derivedId(sender, `ticket of ${id}`), open, { by, commandId: id })
    // What was sent under this id before is another text: this one is sent under a new one.
    if (!outcome.ok) return again({ reason: 'notSent' }, { status: 422 }, randomUUID())
    return { path: `${paths.contact(language)}?sent` }
  }
}

/** A field without the space around it, with lines as everywhere else; undefined for one that is left blank. */
function textOf(form: FormFields, name: string): string | undefined {
  const text = form.get(name)?.replaceAll('\r\n', '\n').trim()
  return text === '' ? undefined : text
}
