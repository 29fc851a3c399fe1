import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EphemeralBus } from '@guichet/domain'
import { longestBusMessage } from '@guichet/domain'

/** The buses of one desk, as its processes have them; those of one process may be one object. */
export type BusHarness = { open(): EphemeralBus; dispose?(): Promise<void> }

/** Registers, with vitest, the tests that every implementation of the port EphemeralBus passes. */
export function busContract(name: string, makeHarness: () => Promise<BusHarness>): void {
  describe(`${name} fulfils the contract of ephemeral buses`, () => {
    let harness: BusHarness
    let one: EphemeralBus
    let other: EphemeralBus
    beforeAll(async () => {
      harness = await makeHarness()
      one = harness.open()
      other = harness.open()
      for (const bus of [one, other]) await new Promise<void>((resolve) => void bus.onConnected(resolve))
    })
    afterAll(async () => {
      await Promise.all([one.close(), other.close()])
      await harness.dispose?.()
    })

    /** Collects the messages of a new topic at a bus. */
    const collect = (bus: EphemeralBus, topic = randomUUID()) => {
      const received: unknown[] = []
      const leave = bus.subscribe(topic, (payload) => void received.push(payload))
      return { topic, received, leave }
    }
    const patience = { timeout: 120_000 }

    it('passes a message to every subscriber of its topic, here and elsewhere, as JSON', async () => {
      const here = collect(one)
      const too = collect(one, here.topic)
      const there = collect(other, here.topic)
      const elsewhere = collect(other)
      const payload = { text: 'Zoë 🙂 "x"', list: [1, null, true], deep: { empty: {} } }
      one.publish(here.topic, payload)
      await expect
        .poll(() => [here, too, there].map(({ received }) => received), patience)
        .toEqual([[payload], [payload], [payload]])
      expect(elsewhere.received).toEqual([])
    })

    it('passes messages of one process on in their order, each once, many at a time', async () => {
      const there = collect(other)
      const here = collect(one, there.topic)
      const numbers = Array.from({ length: 3_000 }, (_, n) => n)
      for (const n of numbers) one.publish(there.topic, n)
      await expect.poll(() => there.received.length, patience).toBe(numbers.length)
      expect(there.received).toEqual(numbers)
      await expect.poll(() => here.received.length, patience).toBe(numbers.length)
    })

    it('passes on messages of the greatest length, several at a time, and refuses a longer one', async () => {
      const there = collect(other)
      const frame = JSON.stringify([there.topic, '']).length
      const payload = 'é'.repeat(Math.floor((longestBusMessage - frame) / 2))
      for (let n = 0; n < 3; n++) one.publish(there.topic, payload)
      await expect.poll(() => there.received, patience).toEqual([payload, payload, payload])
      expect(() => one.publish(there.topic, `${payload}éé`)).toThrow(RangeError)
    })

    it.each(['x', 'é', '漢', '😀', '"', '\\', '\u0001', '\ud800'])(
      'passes on messages of any length below the limit whole and in their order, of %j',
      async (character) => {
        const there = collect(other)
        const here = collect(one, there.topic)
        const frame = Buffer.byteLength(JSON.stringify([there.topic, '']))
        const bytes = Buffer.byteLength(JSON.stringify(character)) - 2
        const longest = Math.floor((longestBusMessage - frame) / bytes)
        const lengths = [1, 6_000, 7_500, 8_000, 8_500, 2, 17_000, 100_000, 3, longestBusMessage]
        const sent = lengths.map((length, n) => `${n}${character.repeat(Math.min(length, longest - 1))}`)
        for (const payload of sent) one.publish(there.topic, payload)
        await expect.poll(() => [there.received.length, here.received.length], patience).toEqual([10, 10])
        expect(there.received.map((payload, n) => payload === sent[n])).toEqual(sent.map(() => true))
        expect(here.received).toEqual(there.received)
      },
    )

    it('passes on the long messages of both, while each sends its own', async () => {
      const there = collect(other)
      const here = collect(one, there.topic)
      const payloads = Array.from({ length: 20 }, (_, n) => `${n % 2} ${n} ${'é'.repeat(500 * n)}`)
      for (const [n, payload] of payloads.entries()) (n % 2 === 0 ? one : other).publish(there.topic, payload)
      await expect.poll(() => [there.received.length, here.received.length], patience).toEqual([20, 20])
      for (const received of [there.received, here.received] as string[][]) {
        const of = (sender: string): readonly string[] => received.filter((payload) => payload.startsWith(sender))
        expect([...of('0 '), ...of('1 ')]).toEqual([
          ...payloads.filter((_, n) => n % 2 === 0),
          ...payloads.filter((_, n) => n % 2 === 1),
        ])
      }
    })

    it('does not call a subscriber who has left', async () => {
      const there = collect(other)
      const left = collect(one, there.topic)
      left.leave()
      left.leave()
      one.publish(there.topic, 1)
      await expect.poll(() => there.received, patience).toEqual([1])
      expect(left.received).toEqual([])
    })

    it('passes on the latest message of a key in any case', async () => {
      const there = collect(other)
      for (let n = 0; n <= 500; n++) one.publish(there.topic, n, 'key')
      await expect.poll(() => there.received.at(-1), patience).toBe(500)
      expect(there.received).toEqual((there.received as number[]).toSorted((a, b) => a - b))
    })
  })
}
