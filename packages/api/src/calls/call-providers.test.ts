import { createHmac } from 'node:crypto'
import { jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { CallProvider, CallSeat } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { firstCarrying, pageCalls, webRtcCalls } from './call-providers.ts'

const secret = 'a secret of at least thirty-two bytes'
const endsAt = instant(new Date(Date.UTC(2030, 0, 7, 9)))
const seat: CallSeat = { chatId: 'chat-of-camille', callId: 'v', kind: 'video', side: 'customer', endsAt }
const turn = { urls: ['turn:turn.example:3478', 'turns:turn.example:5349'], secret }
const providers: Readonly<Record<string, CallProvider>> = {
  webrtc: webRtcCalls({ stun: ['stun:stun.example'], turn }),
  page: pageCalls({ url: 'https://meet.example/{room}?jwt={token}', secret }),
}

describe.each(Object.entries(providers))('a provider of calls: %s', (_name, provider) => {
  it('gives the same again for a repeat, and its own to each side', async () => {
    expect(await provider.connect(seat)).toEqual(await provider.connect(seat))
    expect(await provider.connect(seat)).not.toEqual(await provider.connect({ ...seat, side: 'desk' }))
  })

  it('gives other secrets to another call, also of a chat whose id is put together the same way', async () => {
    const other = await provider.connect({ ...seat, chatId: 'chat-of-camille,v', callId: '' })
    expect(other).not.toEqual(await provider.connect(seat))
  })

  it('names no chat and no call, whose ids may be personal', async () => {
    const { chatId } = seat
    expect(JSON.stringify(await provider.connect(seat))).not.toContain(chatId)
  })
})

describe('WebRTC', () => {
  it('gives a user of the TURN servers that expires with the call', async () => {
    const connection = await providers['webrtc']?.connect(seat)
    const [stun, relay] = connection?.kind === 'webrtc' ? connection.iceServers : []
    expect(stun).toEqual({ urls: ['stun:stun.example'] })
    expect(relay?.urls).toEqual(turn.urls)
    expect(Number(relay?.username?.split(':')[0])).toBe(Date.parse(endsAt) / 1_000)
    expect(relay?.credential).toBe(
      createHmac('sha1', secret)
        .update(relay?.username ?? '')
        .digest('base64'),
    )
  })

  it('carries every kind but remote help, which needs a page', async () => {
    const both = firstCarrying(Object.values(providers))
    expect((await both.connect({ ...seat, kind: 'remote' })).kind).toBe('page')
    expect((await both.connect({ ...seat, kind: 'screen' })).kind).toBe('webrtc')
    expect(firstCarrying([webRtcCalls({ stun: [], turn: undefined })]).carries('remote')).toBe(false)
  })
})

describe('a page', () => {
  it('leads both sides into one room, each with a token until the end of the call', async () => {
    const seats = await Promise.all(
      (['customer', 'desk'] as const).map(async (side) => {
        const connection = await providers['page']?.connect({ ...seat, side })
        const url = new URL(connection?.kind === 'page' ? connection.url : '')
        const { payload } = await jwtVerify(url.searchParams.get('jwt') ?? '', new TextEncoder().encode(secret), {
          currentDate: new Date(Date.parse(endsAt) - 1_000),
        })
        return { room: url.pathname.slice(1), payload }
      }),
    )
    expect(seats.map(({ payload }) => payload['side'])).toEqual(['customer', 'desk'])
    expect(new Set(seats.flatMap(({ room, payload }) => [room, payload['room']])).size).toBe(1)
    expect(seats.map(({ payload }) => payload.exp)).toEqual([Date.parse(endsAt) / 1_000, Date.parse(endsAt) / 1_000])
  })
})
