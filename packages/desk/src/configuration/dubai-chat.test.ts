import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { compileCalendar, defaultChatSettings, instant, isOpen, later } from '@guichet/domain'
import { readConfiguration } from './configuration-file.ts'

const example = new URL('../../../../examples/configuration/dubai-chat.yaml', import.meta.url)
const read = await readConfiguration(await readFile(example, 'utf8'), new Date('2026-06-01T00:00:00Z'))
if (!read.ok) throw new Error('the example has faults')
const { configuration, publicHolidays } = read.value
const { channels, times } = configuration.chat

it.each(Object.entries(channels))('opens the channel %s by the calendar of Dubai', (_, { enabled, hours }) => {
  expect({ enabled, hours }).toEqual({ enabled: true, hours: 'dubai' })
})

it.each([
  ['a Friday is a weekday since 2022', '2026-06-05', '08:00', '20:00'],
  ['a Saturday is of the weekend', '2026-06-06', '10:00', '18:00'],
  ['a Sunday is of the weekend', '2026-06-07', '10:00', '18:00'],
  ['a Monday is a weekday', '2026-06-08', '08:00', '20:00'],
  ['a Monday in winter has the same offset', '2026-12-07', '08:00', '20:00'],
  ['the National Day, a Wednesday, has limited hours', '2026-12-02', '10:00', '18:00'],
])('%s', (_, date, opening, closing) => {
  const { dubai } = configuration.calendars
  if (!dubai) throw new Error('the example has no calendar dubai')
  const calendar = compileCalendar(dubai, publicHolidays)
  const at = (time: string, ms = 0) => later(instant(`${date}T${time}:00+04:00`), ms)
  expect(
    [at(opening, -1), at(opening), at(closing, -1), at(closing)].map((moment) => isOpen(calendar, moment)),
  ).toEqual([false, true, true, false])
})

it('lets channels do what 004 lists, and has the times that the product ships', () => {
  const { web, mobile, video } = channels
  expect(web).toMatchObject({ queuePosition: true, files: true, typing: true })
  expect(mobile).toMatchObject({ push: true, offlineMessages: true, voice: true, screenSharing: false })
  expect(video).toMatchObject({ screenSharing: true, recording: true })
  expect(times).toEqual(defaultChatSettings.times)
})
