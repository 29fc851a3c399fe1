import { domainToASCII } from 'node:url'
import type { CountryCode } from 'libphonenumber-js/max'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { isEmail } from '@guichet/domain'

/** The longest text that is read as an address or a number. */
const longest = 400

/**
 * An e-mail address in its normal form: without spaces at its ends, its domain in ASCII and lower case. The part before
 * the `@` stays as written. Undefined for a text that is no address.
 */
export function normalEmail(text: string): string | undefined {
  const written = text.length > longest ? '' : text.trim()
  const at = written.lastIndexOf('@')
  if (at < 1) return undefined
  const address = `${written.slice(0, at)}@${domainToASCII(written.slice(at + 1))}`
  return isEmail(address) ? address : undefined
}

/** A domain in ASCII and lower case; undefined for a text that is none. */
export function normalDomain(text: string): string | undefined {
  const domain = text.length > longest ? '' : domainToASCII(text.trim())
  return domain.includes('.') ? domain : undefined
}

/**
 * A telephone number in E.164, checked against the numbering plan of its country. Undefined for a text that is no valid
 * number, that has an extension, or that names no country.
 * @param country the country of a number without a country code, such as FR.
 */
export function normalPhone(text: string, country?: string | null): string | undefined {
  if (text.length > 50) return undefined
  const of: CountryCode | undefined = country && isSupportedCountry(country) ? country : undefined
  const number = parsePhoneNumberFromString(text, { ...(of && { defaultCountry: of }), extract: false })
  return number?.isValid() && number.ext === undefined ? number.number : undefined
}
