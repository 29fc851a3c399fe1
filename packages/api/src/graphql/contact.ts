import type { Refusal, Result } from '@guichet/domain'
import { accept, deny, refusal, survivorOf } from '@guichet/domain'
import { normalEmail, normalPhone } from '@guichet/desk/contacts'
import type { Principal } from '../auth/principal.ts'
import type { ApiContext } from './services.ts'

/** How somebody is answered who cannot read their tickets. */
type Contact = { readonly email?: string | undefined; readonly phone?: string | undefined }

/** Who writes the number of a customer into the ticket and the record, where the desk alone reads it. */
export const contactForm = { kind: 'system', id: 'chat-form' } as const

/**
 * The address and the number for an answer, in their normal form: those that were typed, and the address of the token
 * unless one was. Refused are `email_invalid` and `phone_invalid`.
 */
export function contactOf(viewer: Pick<Principal, 'email'>, typed: Contact): Result<Contact> {
  const email = typed.email === undefined ? viewer.email : normalEmail(typed.email)
  const phone = typed.phone === undefined ? undefined : normalPhone(typed.phone)
  if (typed.email !== undefined && email === undefined) return deny(refusal('email_invalid', { field: 'email' }))
  if (typed.phone !== undefined && phone === undefined) return deny(refusal('phone_invalid', { field: 'phone' }))
  return accept({ email, phone })
}

/** The refusal of what nobody could answer. */
export const withoutContact = (): Refusal =>
  refusal('invalid_command', { message: 'email: is missing, and so is a telephone number', field: 'email' })

/**
 * Adds a number to the record of a customer. Only the ticket matters to the customer: a record with too many numbers
 * does not get this one.
 */
export async function recordPhone(customerId: string, phone: string, { services }: ApiContext): Promise<void> {
  const { desk } = services
  const register = { type: 'register' as const, phones: [{ number: phone }] }
  await desk.execute('customer', await survivorOf(desk, customerId), register, { by: contactForm })
}
