/** The characters at the bytes from 80 to 9F; the standard leaves 81, 8D, 8F, 90 and 9D as controls. */
const characters = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const control = /[\u0080-\u009f]/g

/** Returns whether a label of the Encoding Standard, such as `latin1`, means windows-1252. */
export function isWindows1252(label: string): boolean {
  try {
    return new TextDecoder(label).encoding === 'windows-1252'
  } catch {
    return false
  }
}

/** Decodes windows-1252. `TextDecoder` of many versions of Node decodes ISO-8859-1 instead (nodejs/node#56542). */
export const decodeWindows1252 = (bytes: Buffer): string => fromLatin1(bytes.toString('latin1'))

/** Replaces the controls in a text that was decoded as ISO-8859-1 by the characters of windows-1252. */
export const fromLatin1 = (text: string): string =>
  text.replaceAll(control, (found) => characters.charAt(found.charCodeAt(0) - 0x80))
