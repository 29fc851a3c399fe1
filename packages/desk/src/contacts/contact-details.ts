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
 * An e-mail address in its normal form: without invisible characters, spaces at its ends and `mailto:`, its domain in
 * ASCII and lower case. The part before the `@` stays as written. Undefined for a text that is no address.
 */
export function normalEmail(text: string): string | undefined {
  const written = withoutScheme(visible(text), /^mailto:/i)
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
 * A telephone number in E.164, checked against the numbering plan of its country, without invisible characters and
 * `tel:`. A mobile number of Brazil or Mexico in its former form becomes the present one, which WhatsApp does not write.
 * Undefined for a text that is no valid number, that has an extension, or that names no country.
 * @param country the country of a number without a country code, such as FR.
 */
export function normalPhone(text: string, country?: string | null): string | undefined {
  const written = withoutScheme(visible(text).normalize('NFKC'), /^(?:tel|sms|callto|whatsapp):/i)
  if (written.length > 50) return undefined
  const of: CountryCode | undefined = country && isSupportedCountry(country) ? country : undefined
  const number = parsePhoneNumberFromString(written, { ...(of && { defaultCountry: of }), extract: false })
  if (number === undefined || number.ext !== undefined) return undefined
  return number.isValid() ? number.number : validOther(number.number)
}

/** The other form of an invalid number, if that is valid. */
function validOther(number: string): string | undefined {
  const other = otherFormOf(number)
  return other !== undefined && parsePhoneNumberFromString(other)?.isValid() ? other : undefined
}
