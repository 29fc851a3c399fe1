import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inflateSync } from 'node:zlib'
import * as fontkit from 'fontkit'

/** A font of a PDF. */
export type PdfFont = { readonly name: string; readonly content: Buffer; has(codePoint: number): boolean }

const require = createRequire(import.meta.url)

/** Opens a font of a package. */
export const openFont = (name: string, path: string): PdfFont => {
  const content = unpacked(readFileSync(require.resolve(path)))
  const font = fontkit.create(content)
  if (!('hasGlyphForCodePoint' in font)) throw new Error(`${path} has several fonts`)
  return { name, content, has: (codePoint) => font.hasGlyphForCodePoint(codePoint) }
}

/** The fonts, the preferred one first: DejaVu for alphabets, right-to-left ones too, and UnifontEX for all else of Unicode. */
export const openFonts = (): readonly PdfFont[] => [
  openFont('text', '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff'),
  openFont('all', '@fontsource/unifontex/files/unifontex-latin-400-normal.woff'),
]

/**
 * The OpenType file in a WOFF file (W3C, WOFF 1.0): fontkit reads both, but unpacks the glyphs of a WOFF again for each
 * glyph.
 */
function unpacked(woff: Buffer): Buffer {
  const count = woff.readUInt16BE(12)
  const tables = Array.from({ length: count }, (_, index) => {
    const entry = woff.subarray(44 + index * 20, 64 + index * 20)
    const [offset, packed, length] = [entry.readUInt32BE(4), entry.readUInt32BE(8), entry.readUInt32BE(12)]
    const content = woff.subarray(offset, offset + packed)
    return {
      tag: entry.subarray(0, 4),
      checksum: entry.subarray(16, 20),
      content: packed < length ? inflateSync(content, { maxOutputLength: length }) : content,
    }
  })
  const power = Math.floor(Math.log2(count))
  const head = Buffer.alloc(12 + 16 * count)
  woff.copy(head, 0, 4, 8)
  head.writeUInt16BE(count, 4)
  head.writeUInt16BE(16 << power, 6)
  head.writeUInt16BE(power, 8)
  head.writeUInt16BE(16 * count - (16 << power), 10)
  const parts: Buffer[] = [head]
  let offset = head.length
  for (const [index, { tag, checksum, content }] of tables.entries()) {
    const at = 12 + 16 * index
    tag.copy(head, at)
    checksum.copy(head, at + 4)
    head.writeUInt32BE(offset, at + 8)
    head.writeUInt32BE(content.length, at + 12)
    const padding = Buffer.alloc((4 - (content.length % 4)) % 4)
    parts.push(content, padding)
    offset += content.length + padding.length
  }
  return Buffer.concat(parts)
}
