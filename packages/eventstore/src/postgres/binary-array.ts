/**
 * Postgres arrays in their binary format: neither side has to quote, escape or parse text.
 * The layout is that of `array_send`: dimensions, null flag, element type, length, lower bound, then each element
 * behind its size.
 */
const headerSize = 20

function header(size: number, elementType: number, length: number, hasNull = false): Buffer {
  const buffer = Buffer.allocUnsafe(size)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(hasNull ? 1 : 0, 4)
  buffer.writeInt32BE(elementType, 8)
  buffer.writeInt32BE(length, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

/** A `text[]`; null elements are SQL nulls. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let size = headerSize + 4 * values.length
  let hasNull = false
  const lengths = values.map((value) => {
    if (value === null) hasNull = true
    const length = value === null ? -1 : Buffer.byteLength(value)
    if (length > 0) size += length
    return length
  })
  const buffer = header(size, 25, values.length, hasNull)
  let offset = headerSize
  for (const [index, value] of values.entries()) {
    offset = buffer.writeInt32BE(lengths[index] ?? -1, offset)
    if (value !== null) offset += buffer.write(value, offset)
  }
  return buffer
}

/** A `jsonb[]` of documents already written as JSON. */
export function jsonArray(documents: readonly string[]): Buffer {
  const lengths = documents.map((document) => Buffer.byteLength(document))
  const size = lengths.reduce((sum, length) => sum + length + 5, headerSize)
  const buffer = header(size, 3802, documents.length)
  let offset = headerSize
  for (const [index, document] of documents.entries()) {
    offset = buffer.writeInt32BE((lengths[index] ?? 0) + 1, offset)
    offset = buffer.writeInt8(1, offset)
    offset += buffer.write(document, offset)
  }
  return buffer
}

/** An `integer[]`. */
export function integerArray(values: readonly number[]): Buffer {
  const buffer = header(headerSize + 8 * values.length, 23, values.length)
  let offset = headerSize
  for (const value of values) {
    offset = buffer.writeInt32BE(4, offset)
    offset = buffer.writeInt32BE(value, offset)
  }
  return buffer
}

/** A `bigint[]` of numbers that JavaScript holds exactly. */
export function bigintArray(values: readonly number[]): Buffer {
  const buffer = header(headerSize + 12 * values.length, 20, values.length)
  let offset = headerSize
  for (const value of values) {
    offset = buffer.writeInt32BE(8, offset)
    offset = buffer.writeBigInt64BE(BigInt(value), offset)
  }
  return buffer
}

/** A `boolean[]`. */
export function booleanArray(values: readonly boolean[]): Buffer {
  const buffer = header(headerSize + 5 * values.length, 16, values.length)
  let offset = headerSize
  for (const value of values) {
    offset = buffer.writeInt32BE(1, offset)
    offset = buffer.writeInt8(value ? 1 : 0, offset)
  }
  return buffer
}
