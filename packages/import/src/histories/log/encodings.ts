/** An encoding of the Encoding Standard. */
export type Encoding = {
  /** Its name in the standard, in lower case. */
  readonly name: string
  /** Whether each byte is a character, so that every byte is text. */
  readonly isByByte: boolean
  /** Decodes a whole text. What is none becomes U+FFFD. */
  readonly decode: (bytes: Buffer) => string
}

/** The characters of windows-1252 at the bytes from 80 to 9F; the standard leaves 81, 8D, 8F, 90 and 9D as controls. */
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** The characters of ISO-8859-16 at the bytes from A0 to FF; those before are controls. */
const iso885916 =
  '\u00a0ĄąŁ€„Š§š©Ș«Ź\u00adźŻ°±ČłŽ”¶·žčș»ŒœŸżÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚßàáâăäćæçèéêëìíîïđńòóôőöśűùúûüęțÿ'

/**
 * Returns the encoding of a label of the standard, such as `latin1`; undefined if it has none. The three that `TextDecoder` of
 * Node 20 decodes wrongly, as ISO-8859-1 (nodejs/node#56542), or does not know are decoded here.
 */
export function encodingOf(label: string): Encoding | undefined {
  const name = label.trim().toLowerCase()
  if (name === 'iso-8859-16') return byByte(name, (bytes) => replaced(bytes, 0xa0, iso885916))
  if (name === 'x-user-defined') {
    const decode = (bytes: Buffer): string =>
      bytes
        .toString('latin1')
        .replaceAll(/[\u0080-\u00ff]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xf700))
    return byByte(name, decode)
  }
  try {
    const decoder = new TextDecoder(name)
    if (decoder.encoding === 'windows-1252')
      return byByte(decoder.encoding, (bytes) => replaced(bytes, 0x80, windows1252))
    return { name: decoder.encoding, isByByte: false, decode: (bytes) => decoder.decode(bytes) }
  } catch {
    return undefined
  }
}

/** Decodes windows-1252. */
export const decodeWindows1252 = (bytes: Buffer): string => replaced(bytes, 0x80, windows1252)

const byByte = (name: string, decode: Encoding['decode']): Encoding => ({ name, isByByte: true, decode })

/** Decodes ISO-8859-1, with other characters at the bytes that follow `first`. */
function replaced(bytes: Buffer, first: number, characters: string): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[\u0080-\u00ff]/g, (character) => characters[character.charCodeAt(0) - first] ?? character)
}
