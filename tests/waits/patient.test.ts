import { expect, it, vi } from 'vitest'
import { ownWaits, patience, patientWait } from './patient.ts'

const { waitUntil } = Reflect.get(vi, ownWaits) as Pick<typeof vi, 'waitUntil'>

it('lasts as long as every other wait, whatever it is given', async () => {
  const given: unknown[] = []
  const wait = patientWait((condition, options) => {
    given.push(options)
    return waitUntil(condition, options)
  })
  expect(await wait(() => 'there', { timeout: 1, interval: 5 })).toBe('there')
  expect(await wait(() => Promise.resolve('there'), 1)).toBe('there')
  expect(given).toEqual([{ ...patience, interval: 5 }, patience])
})

it('says at its end what was waited for, and what was last seen', async () => {
  const wait = patientWait(waitUntil, { timeout: 30 })
  const events: readonly string[] = []
  await expect(wait(() => events.length > 1)).rejects.toThrow(
    'waited 0.03 s in vain for () => events.length > 1, which last gave false',
  )
  await expect(wait(async () => events.at(-1))).rejects.toThrow(
    'in vain for async () => events.at(-1), which last gave undefined',
  )
})

it('ends at once with the error of a condition that fails', async () => {
  const wait = patientWait(waitUntil)
  await expect(wait(() => Promise.reject(new Error('the server has ended')))).rejects.toThrow('the server has ended')
})
