import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StorageUnavailable } from '@guichet/files'
import type { Bearer } from './testing/api-under-test.ts'
import { ana, bob, mutate, openTicket, useApi, zoe } from './testing/api-under-test.ts'
import type { FilesUnderTest } from './testing/files-under-test.ts'
import { filesInFolder } from './testing/files-under-test.ts'
import { pictureBomb } from './testing/picture-bomb.ts'

let files: FilesUnderTest
const api = useApi(
  { beforeAll, afterAll },
  { files: async (url) => (files = await filesInFolder(url, { maxBytes: 3_000_000 })), limits: { uploads: 2 } },
)
const yan: Bearer = { id: 'yan', role: 'customer' }
let address = ''
let ticketId = ''
let picture: Buffer

beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  address = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  ticketId = await openTicket(api, zoe)
  picture = await sharp({ create: { width: 900, height: 300, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
})

type Grant = { readonly fileId: string; readonly url: string }

const grantFor = async (as: Bearer, name: string, bytes: number, input: object = { ticketId }): Promise<Grant> => {
  const granted = await mutate(api, as, 'createUpload', { ...input, name, bytes }, 'upload { fileId url }')
  expect(granted.userErrors).toEqual([])
  return (granted as unknown as { readonly upload: Grant }).upload
}

const put = (url: string, body: Uint8Array, method = 'PUT') => {
  const sent: RequestInit = { method, body: body as BodyInit }
  return fetch(`${address}${url}`, sent)
}

const codeOf = async (answer: Response): Promise<unknown> =>
  ((await answer.json()) as { readonly errors: readonly { readonly extensions: { readonly code: string } }[] })
    .errors[0]?.extensions.code

/** Uploads content and returns the id of the file. */
async function upload(as: Bearer, name: string, content: Uint8Array): Promise<string> {
  const { fileId, url } = await grantFor(as, name, content.length)
  const answer = await put(url, content)
  expect([answer.status, await answer.text()]).toMatchObject([201, expect.any(String)])
  return fileId
}

const shown = 'name mediaType bytes sha256 status url previewUrl storedBy { userId }'
type Shown = { readonly status: string; readonly url: string; readonly previewUrl: string | null }
const fileOf = async (as: Bearer, id: string): Promise<Shown | null> =>
  (await api.dataOf(as, `query ($id: ID!) { file(id: $id) { ${shown} } }`, { id }))['file'] as Shown | null

const linkOf = async (id: string, as = ana): Promise<string> => `${address}${(await fileOf(as, id))?.url}`

describe('a file', () => {
  it('is uploaded by a signed link, attached to a reply, and read by both sides', async () => {
    const id = await upload(zoe, 'écran.png', picture)
    const sha256 = createHash('sha256').update(picture).digest('hex')
    expect(await fileOf(zoe, id)).toMatchObject({
      name: 'écran.png',
      mediaType: 'image/png',
      bytes: picture.length,
      sha256,
      status: 'CLEAN',
      storedBy: { userId: 'zoe' },
    })
    const reply = { ticketId, body: 'See here.', attachments: [{ fileId: `File~${id}` }] }
    expect((await mutate(api, zoe, 'customerReply', reply, 'ticket { id }')).userErrors).toEqual([])
    const conversation = `query ($id: ID!) { ticket(id: $id) { conversation(last: 1) { nodes {
      body attachments { name bytes file { id status url } } } } } }`
    for (const as of [zoe, ana]) {
      expect(await api.dataOf(as, conversation, { id: ticketId })).toMatchObject({
        ticket: {
          conversation: {
            nodes: [
              {
                body: 'See here.',
                attachments: [
                  { name: 'écran.png', bytes: picture.length, file: { id: `File~${id}`, status: 'CLEAN' } },
                ],
              },
            ],
          },
        },
      })
    }
    const answer = await fetch(await linkOf(id))
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer()).equals(picture)).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': `inline; filename="?cran.png"; filename*=UTF-8''%C3%A9cran.png`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox') as string,
      etag: `"${sha256}"`,
      'accept-ranges': 'bytes',
    })
  })

  it('is not stored twice when its upload is repeated', async () => {
    const { fileId, url } = await grantFor(zoe, 'a.png', picture.length)
    expect((await put(url, picture, 'POST')).status).toBe(201)
    expect((await put(url, picture)).status).toBe(200)
    expect(await api.store.readStream(`file-${fileId}`)).toHaveLength(1)
  })

  it('is stored once in a conversation, until the last one with its content is deleted', async () => {
    const content = randomBytes(5_000)
    const objects = async (): Promise<number> => {
      let count = 0
      for await (const { bytes } of files.storage.list()) if (bytes === content.length) count++
      return count
    }
    const [one, two] = [await upload(zoe, 'a.bin', content), await upload(ana, 'b.bin', content)]
    expect(await objects()).toBe(1)
    const remove = async (id: string): Promise<void> => {
      const deletion = { fileId: id, reason: 'asked to' }
      const outcome = await mutate(api, ana, 'deleteFile', deletion, 'file { status url }')
      expect(outcome).toMatchObject({ file: { status: 'DELETED', url: null }, userErrors: [] })
      const { state } = await api.desk.read('file', id)
      if (state.status !== 'absent') await files.remove(state, id)
    }
    const link = await linkOf(one)
    await remove(one)
    const gone = await fetch(link)
    expect([gone.status, await codeOf(gone)]).toEqual([410, 'file_deleted'])
    expect(await objects()).toBe(1)
    expect((await fetch(await linkOf(two))).status).toBe(200)
    await remove(two)
    expect(await objects()).toBe(0)
  })

  it('is read in parts', async () => {
    const content = randomBytes(100_000)
    const link = await linkOf(await upload(zoe, 'a.bin', content))
    const part = async (headers: Record<string, string>) => {
      const answer = await fetch(link, { headers })
      return { answer, body: Buffer.from(await answer.arrayBuffer()) }
    }
    for (const [range, start, end] of [
      ['bytes=0-9', 0, 9],
      ['bytes=99990-', 99_990, 99_999],
      ['bytes=-5', 99_995, 99_999],
      ['bytes=50000-1000000', 50_000, 99_999],
    ] as const) {
      const { answer, body } = await part({ range })
      expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end}/100000`])
      expect(body.equals(content.subarray(start, end + 1))).toBe(true)
    }
    const beyond = await fetch(link, { headers: { range: 'bytes=100000-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */100000'])
    expect(await codeOf(beyond)).toBe('range_invalid')
    const { get } = files.storage
    Object.assign(files.storage, { get: () => Promise.reject(new StorageUnavailable('it stalls')) })
    const away = await fetch(link)
    Object.assign(files.storage, { get })
    expect(away.status).toBe(503)
    for (const { headers } of [beyond, away]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect([headers.get('etag'), headers.get('content-disposition')]).toEqual([null, null])
    }
    expect((await part({ range: 'bytes=0-1,5-6' })).answer.status).toBe(200)
    expect((await part({ range: 'bytes=0-1', 'if-range': '"another"' })).answer.status).toBe(200)
    const { answer } = await part({})
    expect((await part({ 'if-none-match': answer.headers.get('etag') ?? '' })).answer.status).toBe(304)
    const head = await fetch(link, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '100000'])
  })

  it.each([
    ['page.html', '<!doctype html><script>alert(1)</script>'],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['drawing.svg', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['letter.pdf', '%PDF-1.7\n%âãÏÓ\n1 0 obj\n'],
    ['notes', 'plain words'],
  ])('%s with its own code is saved by browsers and never shown', async (name, text) => {
    const { headers } = await fetch(await linkOf(await upload(zoe, name, Buffer.from(text))))
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  it('that is a picture and a page at once is a picture that no browser reads as a page', async () => {
    const polyglot = Buffer.concat([picture, Buffer.from('<script>alert(1)</script>')])
    const { headers } = await fetch(await linkOf(await upload(zoe, 'both.png', polyglot)))
    expect(headers.get('content-type')).toBe('image/png')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each([
    ['../../x', 'x'],
    ['C:\\Users\\zoe\\a.txt', 'a.txt'],
    ['\u202Egnp.exe', 'gnp.exe'],
  ])('named %j is kept as %s', async (name, safe) => {
    expect(await fileOf(zoe, await upload(zoe, name, Buffer.from('x')))).toMatchObject({ name: safe })
  })

  it('is seen by its uploader and the desk, and by the customer once a message to them has it', async () => {
    const id = await upload(ana, 'answer.txt', Buffer.from('Try this.'))
    expect(await fileOf(ana, id)).not.toBeNull()
    expect(await fileOf(zoe, id)).toBeNull()
    const reply = { ticketId, body: 'Try this.', attachments: [{ fileId: id }] }
    await mutate(api, ana, 'agentReply', reply, 'ticket { id }')
    expect(await fileOf(zoe, id)).toMatchObject({ status: 'CLEAN' })
    expect(await fileOf(yan, id)).toBeNull()
    const hidden = await upload(ana, 'notes.txt', Buffer.from('for us'))
    await mutate(api, ana, 'addNote', { ticketId, body: 'See.', attachments: [{ fileId: hidden }] }, 'ticket { id }')
    expect(await fileOf(ana, hidden)).not.toBeNull()
    expect(await fileOf(zoe, hidden)).toBeNull()
    const { nodes } = await api.dataOf(zoe, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [`File~${hidden}`, `File~${id}`],
    })
    expect(nodes).toEqual([null, { id: `File~${id}` }])
  })
})

it('of a chat is seen by its customer once a message of it has the file, and by no other customer', async () => {
  const started = await mutate(api, zoe, 'startChat', {}, 'chat { id }')
  const chatId = (started as unknown as { readonly chat: { readonly id: string } }).chat.id.replace(/^Chat~/, '')
  const input = { chatId }
  const { fileId, url } = await grantFor(ana, 'a.txt', 1, input)
  await put(url, Buffer.from('x'))
  expect(await fileOf(zoe, fileId)).toBeNull()
  const by = { kind: 'agent', id: 'ana' } as const
  const offer = { type: 'offer', round: 1, agent: { id: 'ana' }, agentVersion: 1 } as const
  for (const command of [offer, { type: 'accept' } as const]) {
    expect(await api.desk.execute('chat', chatId, command, { by })).toMatchObject({ ok: true })
  }
  const message = { chatId, messageId: 'm', body: 'Here.', attachments: [{ fileId: `File~${fileId}` }] }
  expect((await mutate(api, ana, 'sendChatMessage', message, '')).userErrors).toEqual([])
  expect(await fileOf(zoe, fileId)).toMatchObject({ status: 'CLEAN' })
  expect(await fileOf(yan, fileId)).toBeNull()
  const mine = await grantFor(zoe, 'b.txt', 1, input)
  await put(mine.url, Buffer.from('y'))
  expect(await fileOf(zoe, mine.fileId)).toMatchObject({ status: 'CLEAN' })
  const refused = await mutate(api, yan, 'createUpload', { ...input, name: 'c', bytes: 1 }, 'upload { url }')
  expect(refused.userErrors).toMatchObject([{ code: 'CHAT_NOT_FOUND', field: 'chatId' }])
})

describe('an upload', () => {
  const refused = async (as: Bearer, input: object) => {
    const { userErrors } = await mutate(api, as, 'createUpload', { name: 'a', bytes: 1, ...input }, 'upload { url }')
    return userErrors.map(({ code, field }) => [code, field])
  }

  it('is granted for tickets that its sender may see, for customers by the desk alone, and for one of the two', async () => {
    expect(await refused(yan, { ticketId })).toEqual([['TICKET_NOT_FOUND', 'ticketId']])
    expect(await refused(ana, { ticketId: 'none' })).toEqual([['TICKET_NOT_FOUND', 'ticketId']])
    expect(await refused(ana, {})).toEqual([['INVALID_COMMAND', 'ticketId']])
    expect(await refused(ana, { ticketId, customerId: 'zoe' })).toEqual([['INVALID_COMMAND', 'ticketId']])
    expect(await refused(ana, { ticketId, bytes: 3_000_001 })).toEqual([['INVALID_COMMAND', 'bytes']])
    await expect(refused(zoe, { customerId: 'zoe' })).rejects.toThrow('forbidden')
    const { fileId, url } = await grantFor(ana, 'id.txt', 1, { customerId: 'zoe' })
    expect((await put(url, Buffer.from('x'))).status).toBe(201)
    expect(await fileOf(ana, fileId)).toMatchObject({ status: 'CLEAN' })
    expect(await fileOf(zoe, fileId)).toBeNull()
  })

  it('is the same one when it is asked for again, and another one under the same command id is refused', async () => {
    const commandId = randomUUID()
    const granted = async (name: string) => {
      const input = { commandId, ticketId, name, bytes: 1 }
      const { userErrors, upload } = (await mutate(api, ana, 'createUpload', input, 'upload { fileId }')) as never
      return { userErrors, upload } as { readonly userErrors: unknown; readonly upload: unknown }
    }
    const { upload } = await granted('a')
    expect(await granted('a')).toEqual({ userErrors: [], upload })
    expect(await granted('b')).toMatchObject({ userErrors: [{ code: 'COMMAND_ID_REUSED' }], upload: null })
  })

  it('takes no more than what was granted, and nothing without a valid link', async () => {
    const { fileId, url } = await grantFor(zoe, 'a.bin', 10)
    const codes = async (path: string, content: Uint8Array) => {
      const answer = await put(path, content)
      return [answer.status, await codeOf(answer)]
    }
    expect(await codes(url, Buffer.alloc(11))).toEqual([400, 'upload_incomplete'])
    expect(await codes(url, Buffer.alloc(9))).toEqual([400, 'upload_incomplete'])
    expect(await codes(url.replace(/.$/, ''), Buffer.alloc(10))).toEqual([403, 'link_invalid'])
    expect(await codes(url.replace(/signature=../, 'signature=__'), Buffer.alloc(10))).toEqual([403, 'link_invalid'])
    expect(await codes(url.replace(fileId, 'other'), Buffer.alloc(10))).toEqual([403, 'link_invalid'])
    expect(await codes(`/files/${fileId}/upload`, Buffer.alloc(10))).toEqual([403, 'link_invalid'])
    const late = files.links.sign(fileId, 'upload', new Date(Date.now() - 1_000))
    expect(await codes(late, Buffer.alloc(10))).toEqual([410, 'link_expired'])
    expect((await fetch(`${address}${url.replace('upload', 'content')}`)).status).toBe(403)
    expect(
      await codes(files.links.sign('never-granted', 'upload', new Date(Date.now() + 60_000)), Buffer.alloc(10)),
    ).toEqual([410, 'link_expired'])
    expect((await put(url, Buffer.alloc(10))).status).toBe(201)
  })

  it('of a program that is named as a picture is refused, and leaves nothing behind', async () => {
    const program = Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), Buffer.alloc(500)])
    for (const [name, content] of [
      ['holiday.png', program],
      ['holiday.png', Buffer.from('<script>')],
      ['empty.png', Buffer.alloc(0)],
    ] as const) {
      const { fileId, url } = await grantFor(ana, name, content.length)
      const answer = await put(url, content)
      expect([answer.status, await codeOf(answer)]).toEqual([415, 'file_type_refused'])
      expect(await fileOf(ana, fileId)).toBeNull()
    }
    expect(await readdir(join(files.folder, 'received'))).toEqual([])
  })

  it('that is cut in the middle leaves nothing behind, and can be sent again', async () => {
    const content = randomBytes(2_000_000)
    const { fileId, url } = await grantFor(ana, 'a.bin', content.length)
    const sending = request(`${address}${url}`, { method: 'PUT', headers: { 'content-length': content.length } })
    const failed = once(sending, 'error')
    sending.write(content.subarray(0, 1_000_000))
    const received = (): Promise<string[]> => readdir(join(files.folder, 'received'))
    await expect.poll(received).toHaveLength(1)
    sending.destroy(new Error('the phone went into a tunnel'))
    await failed
    await expect.poll(received).toEqual([])
    expect(await fileOf(ana, fileId)).toBeNull()
    expect((await put(url, content)).status).toBe(201)
  })

  it('has one transfer at a time: a further one ends the one before', async () => {
    const content = randomBytes(2_000_000)
    const { url } = await grantFor(ana, 'a.bin', content.length)
    const sending = request(`${address}${url}`, { method: 'PUT', headers: { 'content-length': content.length } })
    sending.on('error', () => undefined)
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>
    sending.write(content.subarray(0, 1_000_000))
    await expect.poll(() => readdir(join(files.folder, 'received'))).toHaveLength(1)
    expect((await put(url, content)).status).toBe(201)
    const [answer] = await answered
    const body = Buffer.concat(await answer.toArray()).toString()
    expect([answer.statusCode, body]).toEqual([400, expect.stringContaining('upload_incomplete')])
    sending.destroy()
  })

  it('waits while its principal has as many under way as it may', async () => {
    const other = { ...zoe, id: 'zelda' }
    const mine = await openTicket(api, other)
    const grants = [
      await grantFor(other, 'a', 1, { ticketId: mine }),
      await grantFor(other, 'b', 1, { ticketId: mine }),
    ]
    await expect(grantFor(other, 'c', 1, { ticketId: mine })).rejects.toThrow('too_many_uploads')
    await put(grants[0]?.url ?? '', Buffer.from('x'))
    await grantFor(other, 'c', 1, { ticketId: mine })
  })

  it('that is asked for again after it was stored is under way no more once it is answered again', async () => {
    const other = { ...zoe, id: 'zora' }
    const mine = await openTicket(api, other)
    const commandId = randomUUID()
    const again = () => grantFor(other, 'a', 1, { ticketId: mine, commandId })
    await put((await again()).url, Buffer.from('x'))
    expect((await put((await again()).url, Buffer.from('x'))).status).toBe(200)
    for (const name of ['b', 'c']) await grantFor(other, name, 1, { ticketId: mine })
  })

  it('is stored though a clean-up takes it for an interrupted one meanwhile', async () => {
    const content = randomBytes(4_321)
    const { fileId, url } = await grantFor(ana, 'slow.bin', content.length)
    const { put: works } = files.storage
    const cleaned: string[] = []
    Object.assign(files.storage, {
      put: async (...given: Parameters<typeof works>) => {
        await works(...given)
        if (cleaned.length > 0) return
        for (const held of await files.ledger.unsettled(new Date(Date.now() + 60_000), undefined, 100)) {
          if (held.fileId === fileId) cleaned.push(held.key)
        }
        for (const key of cleaned) await files.ledger.release(key, fileId, () => files.storage.delete(key))
      },
    })
    const answer = await put(url, content)
    Object.assign(files.storage, { put: works })
    expect(cleaned).toHaveLength(1)
    expect(answer.status).toBe(201)
    const read = await fetch(await linkOf(fileId))
    expect(Buffer.from(await read.arrayBuffer()).equals(content)).toBe(true)
  })

  it('is refused while the storage does not answer, and can be sent again', async () => {
    const { url } = await grantFor(ana, 'a.txt', 1)
    const { put: works } = files.storage
    Object.assign(files.storage, { put: () => Promise.reject(new StorageUnavailable('it stalls')) })
    const answer = await put(url, Buffer.from('q'))
    Object.assign(files.storage, { put: works })
    expect([answer.status, await codeOf(answer)]).toEqual([503, 'files_unavailable'])
    expect((await put(url, Buffer.from('q'))).status).toBe(201)
  })
})

it('is uploaded before its ticket is there, and named by its first message, by nobody else', async () => {
  const commandId = randomUUID()
  const opening = { openTicketCommandId: commandId }
  const { fileId, url } = await grantFor(zoe, 'a.png', picture.length, opening)
  expect((await put(url, picture)).status).toBe(201)
  const foreign = await grantFor(yan, 'b.png', picture.length, opening)
  expect((await put(foreign.url, picture)).status).toBe(201)
  const ticket = { subject: 'Broken', body: 'See the picture.', attachments: [{ fileId }] }
  const shownTicket = `ticket { id conversation(first: 5) { nodes { attachments { key file { status } } } } }`
  expect(await mutate(api, yan, 'openTicket', { commandId, ...ticket }, 'ticket { id }')).toMatchObject({
    userErrors: [{ code: 'FILE_NOT_FOUND', field: 'attachments[0].fileId' }],
  })
  const opened = await mutate(api, zoe, 'openTicket', { commandId, ...ticket }, shownTicket)
  expect(opened).toMatchObject({
    userErrors: [],
    ticket: { conversation: { nodes: [{ attachments: [{ key: fileId, file: { status: 'CLEAN' } }] }] } },
  })
  const { ticket: openedTicket } = opened as unknown as { ticket: { id: string } }
  const more = await grantFor(zoe, 'c.txt', 1, { ticketId: openedTicket.id })
  await put(more.url, Buffer.from('c'))
  const attach = { ticketId: openedTicket.id, fileId: more.fileId }
  expect(await mutate(api, zoe, 'attachToTicket', attach, 'ticket { id }')).toMatchObject({ userErrors: [] })
  expect(await mutate(api, zoe, 'attachToTicket', { ...attach, name: 'x' }, 'ticket { id }')).toMatchObject({
    userErrors: [{ code: 'INVALID_COMMAND', field: 'name' }],
  })
})

describe('a message', () => {
  it('names no file that is not its sender’s to send', async () => {
    const [mine, theirs] = [await upload(zoe, 'mine', Buffer.from('1')), await upload(ana, 'theirs', Buffer.from('2'))]
    const other = await openTicket(api, zoe)
    const errors = async (as: Bearer, operation: string, fileId: string, to = ticketId) => {
      const reply = { ticketId: to, body: 'x', attachments: [{ fileId }] }
      const { userErrors } = await mutate(api, as, operation, reply)
      return userErrors.map(({ code, field }) => [code, field])
    }
    const field = 'attachments[0].fileId'
    expect(await errors(zoe, 'customerReply', theirs)).toEqual([['FILE_NOT_FOUND', field]])
    expect(await errors(zoe, 'customerReply', mine, other)).toEqual([['FILE_NOT_FOUND', field]])
    expect(await errors(ana, 'agentReply', mine)).toEqual([['FILE_NOT_YOURS', field]])
    expect(await errors(ana, 'agentReply', theirs, other)).toEqual([['FILE_ELSEWHERE', field]])
    expect(await errors(ana, 'agentReply', 'none')).toEqual([['FILE_NOT_FOUND', field]])
  })
})

describe('a preview', () => {
  const previewOf = async (name: string, content: Uint8Array): Promise<Response> =>
    fetch(`${address}${(await fileOf(ana, await upload(ana, name, content)))?.previewUrl}`)

  it('of a picture is a small WebP', async () => {
    const answer = await previewOf('a.png', picture)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp'])
    expect(answer.headers.get('content-security-policy')).toContain('sandbox')
    const { width, height, format } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata()
    expect({ width, height, format }).toEqual({ width: 640, height: 213, format: 'webp' })
  })

  it('of a picture of 400 megapixels, or of half a picture, is refused, and the desk goes on', async () => {
    const bomb = pictureBomb(20_000)
    expect(bomb.length).toBeLessThan(100_000)
    for (const content of [bomb, picture.subarray(0, picture.length - 30)]) {
      const answer = await previewOf('bomb.png', content)
      expect([answer.status, await codeOf(answer)]).toEqual([404, 'preview_unavailable'])
    }
    expect((await previewOf('b.png', picture)).status).toBe(200)
  })

  it('is drawn for others while one reader asks for too many, who reads when to ask again', async () => {
    const links: string[] = []
    let last = ''
    for (let red = 0; red < 20; red++) {
      const square = sharp({ create: { width: 400, height: 400, channels: 3, background: { r: red, g: 0, b: 0 } } })
      last = await upload(ana, `${red}.png`, await square.png().toBuffer())
      links.push(`${address}${(await fileOf(ana, last))?.previewUrl}`)
    }
    const asked = links.slice(0, -1).map((link) => fetch(link))
    const ofAnother = await fetch(`${address}${(await fileOf(bob, last))?.previewUrl}`)
    const answers = await Promise.all(asked)
    expect(ofAnother.status).toBe(200)
    const later = answers.filter(({ status }) => status !== 200)
    expect(later.length).toBeGreaterThan(0)
    for (const answer of later) {
      expect([answer.status, await codeOf(answer)]).toEqual([503, 'preview_later'])
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await fetch(links[0]?.replace('reader=', 'reader=x') ?? '')).status).toBe(403)
  })

  it('of what is no picture does not exist', async () => {
    expect(await fileOf(ana, await upload(ana, 'a.txt', Buffer.from('words')))).toMatchObject({ previewUrl: null })
  })
})
