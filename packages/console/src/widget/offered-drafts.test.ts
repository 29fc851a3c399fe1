import { describe, expect, it } from 'vitest'
import type { OfferedDraft, UserError } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import type { Transport } from '../connection/transport.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'
import { loadLanguage } from './languages.ts'
import { confidenceInWords, incidentInWords } from './draft-form.ts'
import { createOfferedDrafts } from './offered-drafts.ts'

const draftOf = (number: number, customerId = 'zoe'): OfferedDraft => ({
  id: `Draft~${number}~${customerId}`,
  number,
  customerId,
  subject: `Draft ${number}`,
  body: 'Since this morning.',
  confidence: 0.9,
  reasons: ['The same problem happened 4 times.'],
  incident: null,
})

type Request = { readonly document: string; readonly input: Readonly<Record<string, unknown>> }

/** A server that refuses decisions so, one after the other, and takes all others. */
function serverWith(...answers: readonly (UserError | Error)[]) {
  const requests: Request[] = []
  const left = [...answers]
  let send: (drafts: readonly OfferedDraft[]) => void = () => undefined
  let refuse: (code: string) => void = () => undefined
  let ended = 0
  let isOff = false
  const follow = ((_, variables, { next, refused }) => {
    expect(variables()).toEqual({ language: 'en-GB' })
    send = (drafts) => next({ draftsChanged: { drafts } } as never)
    refuse = refused
    return () => void ended++
  }) as Transport['follow']
  const ask = (async (document: string, variables?: { readonly input: Request['input'] }) => {
    if (document === documents.draftsSwitchedOff) return { viewer: { draftsSwitchedOff: isOff } }
    const input = variables?.input ?? {}
    requests.push({ document, input })
    const answer = left.shift()
    if (answer instanceof Error) throw answer
    return { result: { userErrors: answer === undefined ? [] : [answer] } }
  }) as Transport['ask']
  return {
    requests,
    transport: { follow, ask } as Transport,
    send: (...drafts: readonly OfferedDraft[]) => send(drafts),
    refuse: (code: string) => refuse(code),
    ended: () => ended,
    switchOff: () => void (isOff = true),
  }
}

/** A refusal that is about no field. */
const refusalOf = (code: string): UserError => ({ code, field: null })

function follow(server: ReturnType<typeof serverWith>) {
  const announced: number[] = []
  const drafts = createOfferedDrafts({
    language: 'en-GB',
    offered: ({ number }) => announced.push(number),
    changed: () => undefined,
  })
  drafts.follow(server.transport)
  return { announced, drafts }
}

describe('the drafts that a visitor is offered', () => {
  it('come one after the other, and are announced once', () => {
    const server = serverWith()
    const { announced, drafts } = follow(server)
    expect(drafts.current()).toBeUndefined()
    server.send(draftOf(1))
    server.send(draftOf(1), draftOf(2))
    drafts.follow(server.transport)
    expect([announced, drafts.current()?.number, server.ended()]).toEqual([[1, 2], 1, 0])
    server.send(draftOf(2))
    expect(drafts.current()?.number).toBe(2)
  })

  it('are opened as the visitor writes them, in their language, and offered no more at once', async () => {
    const server = serverWith()
    const { drafts } = follow(server)
    server.send(draftOf(1))
    const opening = { subject: 'I cannot pay', body: 'Help', email: 'zoe@example.org' }
    expect(await drafts.open(draftOf(1), opening)).toBeUndefined()
    expect(drafts.current()).toBeUndefined()
    const commandId: unknown = expect.any(String)
    expect(server.requests).toEqual([
      {
        document: documents.openDraft,
        input: { commandId, customerId: 'zoe', number: 1, language: 'en-GB', ...opening },
      },
    ])
  })

  it('are dismissed', async () => {
    const server = serverWith()
    const { drafts } = follow(server)
    server.send(draftOf(1), draftOf(2))
    expect(await drafts.dismiss(draftOf(1))).toBeUndefined()
    expect(drafts.current()?.number).toBe(2)
    const commandId: unknown = expect.any(String)
    expect(server.requests).toEqual([
      { document: documents.dismissDraft, input: { commandId, customerId: 'zoe', number: 1 } },
    ])
  })

  it('are told apart by their ids: two of a person who was a visitor before may have one number', async () => {
    const server = serverWith()
    const { announced, drafts } = follow(server)
    const [before, now] = [draftOf(1, 'visitor-1'), draftOf(1)]
    server.send(before, now)
    expect([announced, drafts.current()?.id]).toEqual([[1, 1], before.id])
    expect(await drafts.dismiss(before)).toBeUndefined()
    expect(drafts.current()?.id).toBe(now.id)
    expect(server.requests).toMatchObject([{ input: { customerId: 'visitor-1', number: 1 } }])
  })

  it('are wanted no more, and none is offered any more before the desk says so', async () => {
    const server = serverWith(refusalOf('TOO_MANY_CONFLICTS'))
    const { drafts } = follow(server)
    server.send(draftOf(1), draftOf(2))
    expect([await drafts.switchOff(), drafts.current()?.number]).toEqual([refusalOf('unavailable'), 1])
    expect([await drafts.switchOff(), drafts.current()]).toEqual([undefined, undefined])
    expect(server.requests.map(({ document }) => document)).toEqual(Array(2).fill(documents.switchDraftsOff))
    expect(new Set(server.requests.map(({ input }) => JSON.stringify(Object.keys(input))))).toEqual(
      new Set(['["commandId"]']),
    )
  })

  it('are off for whom the desk has none since they want none, until they want them again', async () => {
    const server = serverWith(refusalOf('TOO_MANY_CONFLICTS'))
    const { drafts } = follow(server)
    server.switchOff()
    expect(drafts.areOff()).toBe(false)
    server.send()
    await expect.poll(() => drafts.areOff()).toBe(true)
    expect([await drafts.switchOn(), drafts.areOff()]).toEqual([refusalOf('unavailable'), true])
    expect([await drafts.switchOn(), drafts.areOff()]).toEqual([undefined, false])
    server.send()
    expect([await drafts.switchOff(), drafts.areOff()]).toEqual([undefined, true])
    expect(server.requests.map(({ document }) => document)).toEqual([
      documents.switchDraftsOn,
      documents.switchDraftsOn,
      documents.switchDraftsOff,
    ])
    drafts.stop()
    expect(drafts.areOff()).toBe(false)
  })

  it('are sent again under the same id after a lost answer, and stay until then', async () => {
    const server = serverWith(new Unreachable('lost'), refusalOf('TOO_MANY_CONFLICTS'))
    const { drafts } = follow(server)
    server.send(draftOf(1))
    const text = { subject: 'I cannot pay', body: 'Help' }
    for (const code of ['unavailable', 'unavailable'])
      expect(await drafts.open(draftOf(1), text)).toEqual(refusalOf(code))
    expect(drafts.current()?.number).toBe(1)
    expect(await drafts.open(draftOf(1), text)).toBeUndefined()
    expect(new Set(server.requests.map(({ input }) => input['commandId'])).size).toBe(1)
  })

  it('end when they were decided elsewhere, and stay where the desk refuses their text', async () => {
    const withoutContact = { code: 'INVALID_COMMAND', field: 'email' }
    const server = serverWith(withoutContact, new Refused('forbidden'), refusalOf('DRAFT_DECIDED'))
    const { drafts } = follow(server)
    server.send(draftOf(1))
    for (const refusal of [withoutContact, refusalOf('forbidden')])
      expect(await drafts.open(draftOf(1), { subject: refusal.code, body: 'Help' })).toEqual(refusal)
    expect(drafts.current()?.number).toBe(1)
    expect(await drafts.dismiss(draftOf(1))).toEqual(refusalOf('DRAFT_DECIDED'))
    expect(drafts.current()).toBeUndefined()
  })

  it('are announced once to the same person, whose token changes, and again to whoever comes next', () => {
    const server = serverWith()
    const { announced, drafts } = follow(server)
    server.send(draftOf(1))
    drafts.stop()
    drafts.follow(server.transport)
    server.send(draftOf(1), draftOf(2))
    expect(announced).toEqual([1, 2])
    drafts.stop()
    drafts.forget()
    drafts.follow(server.transport)
    server.send(draftOf(1))
    expect(announced).toEqual([1, 2, 1])
  })

  it('are none at a desk that refuses to send them, nor after the end', async () => {
    const server = serverWith()
    const { drafts } = follow(server)
    expect(drafts.isKnown()).toBe(false)
    server.send(draftOf(1))
    server.refuse('validation_failed')
    expect([drafts.current(), drafts.isKnown()]).toEqual([undefined, true])
    server.send(draftOf(1))
    drafts.stop()
    expect([drafts.current(), drafts.isKnown(), server.ended()]).toEqual([undefined, false, 1])
    expect(await drafts.dismiss(draftOf(1))).toEqual(refusalOf('unavailable'))
  })
})

it.each([
  [false, 'en', 'We know of this problem and are working on it: Payments fail'],
  [true, 'fr', 'Ce problème est résolu : Payments fail'],
])('says in words that the desk knows of an incident, resolved: %s, in %s', async (isResolved, language, sentence) => {
  const { words } = await loadLanguage(language)
  expect(incidentInWords({ title: 'Payments fail', isResolved }, words)).toBe(sentence)
})

it.each([
  [0.99, 'fr', 'Nous en sommes presque certains.'],
  [0.95, 'en', 'We are almost certain.'],
  [0.8, 'en', 'It is very likely.'],
  [0.5, 'fr', 'C’est possible.'],
])('says in words how certain %d is, in %s', async (confidence, language, sentence) => {
  expect(confidenceInWords(confidence, (await loadLanguage(language)).words)).toBe(sentence)
})
