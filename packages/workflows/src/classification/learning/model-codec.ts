import type { LinearModel } from '@guichet/domain'
import { versionOf } from '@guichet/domain'
import { z } from 'zod'

const format = 1

const headSchema = z.object({
  format: z.literal(format),
  version: z.string(),
  categories: z.array(z.string()).min(2),
  texts: z.int().nonnegative(),
  features: z.int().nonnegative(),
  temperature: z.number().positive(),
  examples: z.int().nonnegative(),
  accuracy: z.number(),
})

/** Bytes that are no model of this version of the program, or a damaged one. */
export class ModelUnreadable extends Error {
  override readonly name = 'ModelUnreadable'
}

/**
 * A model as bytes: the length of its head in four bytes, the head as JSON, the names of the features line by line behind the length of all of
 * them, then numbers of four bytes each, low byte first: occurrences, biases, weights.
 */
export function encodeModel(model: LinearModel): Buffer {
  const { version, categories, vocabulary, temperature, examples, accuracy, biases, weights } = model
  const { numbers, occurrences, texts } = vocabulary
  const head = { format, version, categories, texts, features: numbers.size, temperature, examples, accuracy }
  const parts = [JSON.stringify(head), [...numbers.keys()].join('\n')].map((text) => Buffer.from(text))
  return Buffer.concat([
    ...parts.flatMap((part) => [lengthOf(part), part]),
    ...[occurrences, biases, weights].map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
    ),
  ])
}

/** @throws ModelUnreadable when the bytes are none of `encodeModel`, or not all of them, or changed. */
export function decodeModel(bytes: Buffer): LinearModel {
  try {
    return decode(bytes)
  } catch (cause) {
    if (cause instanceof ModelUnreadable) throw cause
    throw new ModelUnreadable('the stored model cannot be read', { cause })
  }
}

function decode(bytes: Buffer): LinearModel {
  let at = 0
  const text = (): string => {
    const length = bytes.readUInt32LE(at)
    at += 4 + length
    return bytes.toString('utf8', at - length, at)
  }
  const numbersOf = (count: number): ArrayBuffer => {
    const from = at
    at += count * 4
    if (at > bytes.length) throw new ModelUnreadable('the stored model ends too early')
    return new Uint8Array(bytes.subarray(from, at)).buffer
  }
  const { features, categories, texts, ...head } = headSchema.parse(JSON.parse(text()))
  const names = text().split('\n')
  const vocabulary = {
    numbers: new Map(names.slice(0, features).map((name, number) => [name, number])),
    occurrences: new Uint32Array(numbersOf(features)),
    texts,
  }
  const biases = new Float32Array(numbersOf(categories.length))
  const weights = new Float32Array(numbersOf(features * categories.length))
  const { version, temperature, examples, accuracy } = head
  const model = { version, categories, vocabulary, weights, biases, temperature, examples, accuracy }
  if (versionOf(model) !== version) throw new ModelUnreadable('the stored model is damaged')
  return model
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(part.length)
  return length
}
