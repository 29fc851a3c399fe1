import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExpectedObject, FileStorage } from '../storage.ts'
import { ContentDiffers, ObjectMissing } from '../storage.ts'

/** A storage that the suite may fill. */
export type StorageUnderTest = { readonly storage: FileStorage; close(): Promise<void> }

const expectedOf = (content: Buffer): ExpectedObject => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})

/** Content in chunks, as it comes over a network. */
function* chunksOf(content: Buffer, size = 64 * 1024): Generator<Buffer> {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size)
}

/** Registers the tests that every storage of files passes. `open` opens an empty one. */
export function describeFileStorage(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`files in ${name}`, () => {
    let under: StorageUnderTest
    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under.close())

    const newKey = (): string => `${randomUUID()}/${randomUUID()}`
    const store = async (content: Buffer): Promise<string> => {
      const key = newKey()
      await under.storage.put(key, Readable.from(chunksOf(content)), expectedOf(content))
      return key
    }
    const keys = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const { key } of under.storage.list()) found.push(key)
      return found
    }

    it('returns the bytes that were stored, with their number', async () => {
      const content = randomBytes(300_000)
      const key = await store(content)
      expect(await under.storage.head(key)).toEqual({ bytes: content.length })
      expect(content.equals(await buffer(await under.storage.get(key)))).toBe(true)
    })

    it('stores a file without a byte', async () => {
      const key = await store(Buffer.alloc(0))
      expect(await under.storage.head(key)).toEqual({ bytes: 0 })
      expect(await buffer(await under.storage.get(key))).toHaveLength(0)
    })

    it('returns parts: the first byte, the last one, and some between', async () => {
      const content = randomBytes(200_000)
      const key = await store(content)
      for (const [start, end] of [
        [0, 0],
        [100_000, 150_001],
        [199_999, 199_999],
      ] as const) {
        const part = await buffer(await under.storage.get(key, { start, end }))
        expect(part.equals(content.subarray(start, end + 1))).toBe(true)
      }
    })

    it('has nothing under a key that was never stored', async () => {
      const key = newKey()
      expect(await under.storage.head(key)).toBeUndefined()
      await expect(under.storage.get(key)).rejects.toBeInstanceOf(ObjectMissing)
      await under.storage.delete(key)
    })

    it('replaces an object with the same one, and deletes it once', async () => {
      const content = Buffer.from('the same')
      const key = await store(content)
      await under.storage.put(key, Readable.from([content]), expectedOf(content))
      expect((await buffer(await under.storage.get(key))).toString()).toBe('the same')
      await under.storage.delete(key)
      await under.storage.delete(key)
      expect(await under.storage.head(key)).toBeUndefined()
      expect(await keys()).not.toContain(key)
    })

    it('lists what it holds', async () => {
      const stored = [await store(randomBytes(10)), await store(randomBytes(20))]
      expect(await keys()).toEqual(expect.arrayContaining(stored))
    })

    it.each([
      ['ends early', (content: Buffer) => content.subarray(1)],
      ['is too long', (content: Buffer) => Buffer.concat([content, Buffer.from('x')])],
      ['has another checksum', (content: Buffer) => Buffer.concat([Buffer.from('x'), content.subarray(1)])],
    ])('stores nothing of content that %s', async (_, wrong) => {
      const content = Buffer.concat([Buffer.from('a'), randomBytes(200_000)])
      const key = newKey()
      const sent = under.storage.put(key, Readable.from(chunksOf(wrong(content))), expectedOf(content))
      await expect(sent).rejects.toBeInstanceOf(ContentDiffers)
      expect(await under.storage.head(key)).toBeUndefined()
    })

    it('leaves nothing behind of a transfer that is cut in the middle', async () => {
      const content = randomBytes(1_000_000)
      const key = newKey()
      const source = new PassThrough()
      const sent = under.storage.put(key, source, expectedOf(content))
      source.write(content.subarray(0, 500_000))
      source.destroy(new Error('the client has gone'))
      await expect(sent).rejects.toThrow('the client has gone')
      expect(await under.storage.head(key)).toBeUndefined()
      expect(await keys()).not.toContain(key)
      expect(await under.storage.sweep(0)).toBe(0)
    })

    it('stops when its caller aborts', async () => {
      const content = randomBytes(1_000_000)
      const key = newKey()
      const source = new PassThrough()
      const abort = new AbortController()
      const sent = under.storage.put(key, source, expectedOf(content), abort.signal)
      source.write(content.subarray(0, 500_000))
      abort.abort(new Error('enough'))
      await expect(sent).rejects.toThrow('enough')
      expect(source.destroyed).toBe(true)
      expect(await under.storage.head(key)).toBeUndefined()
    })

    it.each(['', '../up', 'a/../b', '/a', 'a//b', 'a b', '.hidden'])('refuses the key %j', async (key) => {
      await expect(under.storage.head(key)).rejects.toBeInstanceOf(RangeError)
    })
  })
}
