import { describe, expect, it } from 'vitest'
import { calendarSchema } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { instant } from '../kernel/time.ts'
import { alex, camille, chatEvent, chatStarted } from '../testing/examples.ts'
import { refused, specifyChat } from '../testing/specification.ts'
import { channelAvailability, channelTerms } from './hours.ts'
import { chatSettingsSchema } from './settings.ts'

const calendar = compileCalendar(calendarSchema.parse({ timeZone: 'Asia/Dubai', hours: { weekdays: ['08:00-20:00'] } }))
const hours = () => calendar
const noon = instant('2026-03-04T12:00:00+04:00')
const night = instant('2026-03-04T23:00:00+04:00')
const nextMorning = instant('2026-03-05T08:00:00+04:00')
const saturday = instant('2026-03-07T12:00:00+04:00')
const nextWeek = instant('2026-03-09T08:00:00+04:00')

const start = { type: 'start', customer: { id: 'camille' } } as const
const started = { ...chatStarted(), at: noon }
const closed = chatEvent('ChatClosed', { from: 'waiting', reason: 'abandoned' }, { at: noon, by: camille })
const message = { type: 'send', messageId: 'm1', body: 'Bonjour' } as const

describe('outside the hours of its channel', () => {
  const { given, when } = specifyChat({}, {}, hours)

  it('no chat begins, and its customer learns when the desk opens', () => {
    when(start, { by: camille, at: noon }).then([{ type: 'ChatStarted' }])
    expect(when(start, { by: camille, at: night }).decision).toMatchObject({
      refusal: { code: 'chat_closed_now', field: 'channel', opensAt: nextMorning },
    })
    expect(when(start, { by: camille, at: saturday }).decision).toMatchObject({ refusal: { opensAt: nextWeek } })
  })

  it('the desk itself begins one', () => {
    when(start, { by: { kind: 'system', id: 'crm' }, at: night }).then([{ type: 'ChatStarted' }])
  })

  it('no customer reopens one, but an agent does', () => {
    given(started, closed)
      .when({ type: 'reopen' }, { by: camille, at: night })
      .then(refused('chat_closed_now', 'channel'))
    given(started, closed)
      .when({ type: 'reopen' }, { by: alex, at: night })
      .then([{ type: 'ChatReopened' }])
  })

  it('messages of a waiting customer wait for an agent, unless the channel takes none', () => {
    given(started)
      .when(message, { by: camille, at: night })
      .then([{ type: 'ChatMessageSent' }])
    const strict = specifyChat({ channels: { web: { offlineMessages: false } } }, {}, hours)
    strict.given(started).when(message, { by: camille, at: night }).then(refused('chat_closed_now', 'channel'))
    strict
      .given(started)
      .when(message, { by: camille, at: noon })
      .then([{ type: 'ChatMessageSent' }])
  })
})

describe('a channel', () => {
  const settings = chatSettingsSchema.parse({ channels: { web: { typing: false } } })
  const terms = channelTerms({ chat: settings, chatHours: hours })

  it('says until when it is open, or when it opens, and what it may do', () => {
    expect(channelAvailability('web', terms, noon)).toEqual({
      channel: 'web',
      open: true,
      changesAt: instant('2026-03-04T20:00:00+04:00'),
      abilities: {
        queuePosition: true,
        files: true,
        typing: false,
        voiceCalls: false,
        videoCalls: false,
        remoteHelp: false,
        voice: false,
        push: false,
        offlineMessages: true,
        screenSharing: false,
        recording: false,
      },
    })
    expect(channelAvailability('mobile', terms, night)).toMatchObject({
      open: false,
      changesAt: nextMorning,
      abilities: { voice: true, push: true },
    })
  })

  it('is open around the clock without a calendar, and never when it is off', () => {
    expect(channelAvailability('web', channelTerms({}), night)).toMatchObject({ open: true, changesAt: undefined })
    for (const chat of [{ enabled: false }, { channels: { web: { enabled: false } } }]) {
      const off = channelTerms({ chat: chatSettingsSchema.parse(chat), chatHours: hours })
      expect(channelAvailability('web', off, noon)).toMatchObject({
        open: false,
        changesAt: undefined,
        abilities: { files: false, offlineMessages: false },
      })
    }
  })
})
