import { domainToASCII } from 'node:url'
import type { CountryCode } from 'libphonenumber-js/max'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { isEmail, otherFormOf } from '@guichet/domain'

/** The longest text that is read as an address or a number. */
const longest = 400

/** Characters that are not seen, such as marks of direction and zero-width spaces, which come with a pasted text. */
const invisible = /\p{Default_Ignorable_Code_Point}+/gu

const visible = (text: string): string => (text.length > longest ? '' : text.replace(invisible, '').trim())

/** The text of a link without its scheme and without its parameters, which a `?` begins. */
function withoutScheme(text: string, scheme: RegExp): string {
  if (!scheme.test(text)) return text
  const [target = ''] = text.replace(scheme, '').split('?', 1)
  try {
    return decodeURIComponent(target).trim()
  } catch {
    return target.trim()
  }
}

/**
 * An e-mail address in its normal form: without invisible characters, spaces at its ends, `mailto:` and what stands
 * around it where it is in angle brackets (`Zoe <zoe@example.org>`), its domain in ASCII and lower case. The part before the `@` stays as written. Undefined for a text that is no address.
 */
export function normalEmail(text: string): string | undefined {
  const pasted = visible(text)
  const [, inBrackets = pasted] = /<([^<>]*)>$/.exec(pasted) ?? []
  const written = withoutScheme(inBrackets.trim(), /^mailto:/i)
  const at = written.lastIndexOf('@')
  if (at < 1) return undefined
  const address = `${written.slice(0, at)}@${domainToASCII(written.slice(at + 1))}`
  return isEmail(address) ? address : undefined
}

/** A domain in ASCII and lower case; undefined for a text that is none. */
export function normalDomain(text: string): string | undefined {
  const domain = domainToASCII(visible(text))
  return domain.includes('.') ? domain : undefined
}

/**
 * A telephone number in E.164, checked against the numbering plan of its country, without invisible characters, `tel:`,
 * what is written before it (`Tél. :`) and former prefixes. A mobile number of Brazil or Mexico in its former form becomes
 * the present one, which WhatsApp does not write. Undefined for a text that is no valid number, that names no country, or
 * that has an extension: many people have the number that is left without it.
 * @param country the country of a number without a country code, such as FR.
 */
export function normalPhone(text: string, country?: string | null): string | undefined {
  const pasted = visible(text).normalize('NFKC')
  const digits = scheme.test(pasted) ? withoutScheme(pasted, scheme) : pasted.replace(label, '')
  const written = (country === 'MX' ? digits.replace(mexicanPrefix, '') : digits).replace(carrier, '$1 ')
  if (written.length > 50) return undefined
  const of: CountryCode | undefined = country && isSupportedCountry(country) ? country : undefined
  const number = parsePhoneNumberFromString(written, { ...(of && { defaultCountry: of }), extract: false })
  if (number === undefined || number.ext !== undefined) return undefined
  return number.isValid() ? number.number : validOther(number.number)
}

/** What people and pages write before a number, such as `Tél. :` and `Phone:`. */
const label = /^\p{L}{1,12}(?:\. ?:?| ?:) ?(?=[+(\d])/u

/** The schemes of links to a number. */
const scheme = /^(?:tel|sms|callto|whatsapp):(?:\/\/)?/i

/** The prefix of Brazil by which a carrier is chosen, written for any carrier: `(0xx41)`. */
const carrier = /\(?0xx ?(\d\d)\)? ?/i

/** The prefixes before the ten digits of a number of Mexico until 2019: of mobile telephones, and of other areas. */
const mexicanPrefix = /^(?:04[45]|01)(?=(?:[^\d+]*\d){10}[^\d+]*$)/

/** The other form of an invalid number, if that is valid. */
function validOther(number: string): string | undefined {
  const other = otherFormOf(number)
  return other !== undefined && parsePhoneNumberFromString(other)?.isValid() ? other : undefined
}
