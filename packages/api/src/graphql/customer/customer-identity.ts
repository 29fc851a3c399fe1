import type { CustomerIdentity, Result } from '@guichet/domain'
import { accept, deny, refusal } from '@guichet/domain'
import { normalEmail, normalPhone } from '@guichet/desk/contacts'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'

/** Adds `CustomerIdentityInput`. */
export function addIdentityInput({ builder }: SchemaParts) {
  const externalIdInput = builder.inputType('CustomerExternalIdInput', {
    fields: (t) => ({
      system: t.string({ required: true, description: 'The other system.' }),
      value: t.string({ required: true, description: 'The id there.' }),
    }),
  })
  return builder.inputType('CustomerIdentityInput', {
    description: 'What identifies one customer: exactly one of the fields.',
    fields: (t) => ({
      email: t.string({ description: 'A verified e-mail address.' }),
      phone: t.string({ description: 'A verified telephone number, with its country code.' }),
      externalId: t.field({ type: externalIdInput, description: 'The id in another system.' }),
    }),
  })
}

type IdentityInput = {
  readonly email?: string | null | undefined
  readonly phone?: string | null | undefined
  readonly externalId?: { readonly system: string; readonly value: string } | null | undefined
}

/** An identity in its normal form. @throws `malformed_input` unless exactly one field is given. */
export function identityOf({ email, phone, externalId }: IdentityInput): Result<CustomerIdentity> {
  if ([email, phone, externalId].filter((each) => each != null).length !== 1)
    throw edgeError('malformed_input', 'identity: give exactly one of email, phone and externalId')
  if (externalId) return accept({ externalId: { system: externalId.system, id: externalId.value } })
  if (email != null) {
    const address = normalEmail(email)
    return address === undefined
      ? deny(refusal('email_invalid', { field: 'identity.email' }))
      : accept({ email: address })
  }
  const number = normalPhone(phone ?? '')
  return number === undefined ? deny(refusal('phone_invalid', { field: 'identity.phone' })) : accept({ phone: number })
}
