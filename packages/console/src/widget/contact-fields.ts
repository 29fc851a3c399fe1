import type { UserError } from '../connection/documents.ts'
import type { CheckedField } from '../page/checked-field.ts'
import { lineField } from '../page/checked-field.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'

/** How somebody wants to be answered; what they leave blank is missing. */
export type Contact = { readonly email?: string; readonly phone?: string }

/** An e-mail address and a telephone number: a visitor gives one of them for the answer. */
type ContactFields = {
  readonly fields: readonly CheckedField[]
  /** What is typed in them, without the space around it. */
  value(): Contact
  /** Says at a field why the desk refuses it, and moves the focus there. Returns whether the refusal is about one. */
  refuse(error: UserError): boolean
}

type Options = {
  readonly words: Words
  readonly formats: Formats
  /** What the names of the fields begin with, where another form of the page has such fields too. */
  readonly prefix?: string
}

/** Makes the fields, empty. */
export function createContactFields({ words, formats, prefix = '' }: Options): ContactFields {
  const page = { words, formats }
  const email = lineField(words.email, { name: `${prefix}email`, type: 'email', autocomplete: 'email' }, page)
  const phone = lineField(words.phone, { name: `${prefix}phone`, type: 'tel', autocomplete: 'tel' }, page)

  function value(): Contact {
    const [address, number] = [email.input.value.trim(), phone.input.value.trim()]
    return { ...(address !== '' && { email: address }), ...(number !== '' && { phone: number }) }
  }

  return {
    fields: [email, phone],
    value,
    refuse: ({ field }) => {
      const isMissing = Object.keys(value()).length === 0
      if (field === 'phone') phone.refuse(words.phoneInvalid)
      else if (field === 'email') email.refuse(isMissing ? words.contactMissing : words.emailInvalid)
      else return false
      return true
    },
  }
}
