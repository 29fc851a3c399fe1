import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Transform } from 'node:stream'

/** A part of an object: its first and last byte, counted from 0. */
export type ByteRange = { readonly start: number; readonly end: number }

/** What an object is expected to be. */
export type ExpectedObject = {
  /** The length of the content, in bytes. */
  readonly bytes: number
  /** The SHA-256 of the content, in hexadecimal digits. */
  readonly sha256: string
}

/** An object in the storage. */
export type StoredObject = { readonly key: string; readonly bytes: number; readonly storedAt: Date }

/**
 * Where the bytes of files are: objects under keys, which are paths of letters, digits, `-`, `_` and `.`. An object is
 * there as a whole or not at all. Every method throws `StorageUnavailable` when the storage does not answer in time.
 */
export type FileStorage = {
  /**
   * Stores an object, in the place of another one under the key. Nothing is stored when the content ends early, is
   * longer than expected, differs from its checksum, or when `signal` aborts.
   * @throws ContentDiffers; the error of the content; the signal's reason.
   */
  put(key: string, content: Readable, expected: ExpectedObject, signal?: AbortSignal): Promise<void>
  /** Reads an object or a part of it. @throws ObjectMissing */
  get(key: string, range?: ByteRange, signal?: AbortSignal): Promise<Readable>
  /** The length of an object; undefined when there is none. */
  head(key: string): Promise<{ readonly bytes: number } | undefined>
  /** Deletes an object, if there is one. */
  delete(key: string): Promise<void>
  /** Every object, in any order. */
  list(): AsyncIterable<StoredObject>
  /** Deletes what transfers that were killed more than `olderThanMs` ago have left behind. @returns how many. */
  sweep(olderThanMs: number): Promise<number>
}

/** There is no object under the key. */
export class ObjectMissing extends Error {
  override readonly name = 'ObjectMissing'
  constructor(key: string) {
    super(`the storage holds no object ${key}`)
  }
}

/** The content is not what was announced: it ended early, was too long, or has another checksum. */
export class ContentDiffers extends Error {
  override readonly name = 'ContentDiffers'
}

/** The storage does not answer, or refuses its credentials. Nothing is wrong with the file. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}

/** The storage answers, and fails at this object. */
export class ObjectFailed extends Error {
  override readonly name = 'ObjectFailed'
}

const partOfKey = /^[\w-][\w.-]*$/

/** @throws RangeError unless the text is a key. */
export function checkKey(key: string): string {
  if (key.length > 500 || !key.split('/').every((part) => partOfKey.test(part)))
    throw new RangeError(`no key of an object: ${key}`)
  return key
}

/** Passes content on while it is what was expected, and fails before its last byte is passed on otherwise. */
export function checkedAgainst({ bytes, sha256 }: ExpectedObject): Transform {
  const hash = createHash('sha256')
  let passed = 0
  let lastChunk: Buffer | undefined
  return new Transform({
    transform(chunk: Buffer, _, done) {
      passed += chunk.length
      if (passed > bytes) return done(new ContentDiffers(`the content is longer than ${bytes} bytes`))
      hash.update(chunk)
      const ready = lastChunk
      lastChunk = chunk
      done(null, ready)
    },
    flush(done) {
      if (passed < bytes) return done(new ContentDiffers(`the content ended after ${passed} of ${bytes} bytes`))
      if (hash.digest('hex') !== sha256) return done(new ContentDiffers('the content has another checksum'))
      done(null, lastChunk)
    },
  })
}
