import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from './testing/api-under-test.ts'
import { openTicket, tokenFor, useApi, zoe } from './testing/api-under-test.ts'
import type { FilesUnderTest } from './testing/files-under-test.ts'
import { filesInFolder } from './testing/files-under-test.ts'

let files: FilesUnderTest
const api = useApi(
  { beforeAll, afterAll },
  { files: async (url) => (files = await filesInFolder(url, { maxBytes: 3_000_000 })) },
)
const yan: Bearer = { id: 'yan', role: 'customer' }
let address = ''
let ticketId = ''
let picture: Buffer

beforeAll(async () => {
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  address = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  ticketId = await openTicket(api, zoe)
  picture = await sharp({ create: { width: 90, height: 30, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
})

describe('an upload with its operation', () => {
  const document = `mutation ($input: UploadFileInput!) { uploadFile(input: $input) {
    file { id name mediaType bytes status storedBy { userId } } userErrors { code field } } }`

  const send = async (as: Bearer, content: Uint8Array, name: string, given: object = {}, fields: object = {}) => {
    const form = new FormData()
    const variables = { input: { commandId: randomUUID(), ticketId, content: null, ...given } }
    const parts = { operations: { query: document, variables }, map: { 0: ['variables.input.content'] }, ...fields }
    for (const [field, value] of Object.entries(parts)) form.append(field, JSON.stringify(value))
    form.append('0', new Blob([content as BlobPart]), name)
    const headers = { authorization: `Bearer ${await tokenFor(as)}` }
    const answer = await fetch(`${address}/graphql`, { method: 'POST', headers, body: form })
    return (await answer.json()) as {
      readonly data?: { readonly uploadFile: { readonly file: unknown; readonly userErrors: unknown } }
      readonly errors?: readonly { readonly extensions: { readonly code: string } }[]
    }
  }

  it('stores the file once, though it is sent again', async () => {
    const commandId = randomUUID()
    const file = {
      name: 'a.png',
      mediaType: 'image/png',
      bytes: picture.length,
      status: 'CLEAN',
      storedBy: { userId: 'zoe' },
    }
    const { data } = await send(zoe, picture, '../a.png', { commandId })
    expect(data).toMatchObject({ uploadFile: { file, userErrors: [] } })
    expect((await send(zoe, picture, 'a.png', { commandId })).data).toEqual(data)
    expect((await send(zoe, Buffer.from('x'), 'a', { commandId })).data).toMatchObject({
      uploadFile: { file: null, userErrors: [{ code: 'COMMAND_ID_REUSED' }] },
    })
  })

  it('is refused as one by a link would be, and leaves nothing behind', async () => {
    expect((await send(yan, picture, 'a.png')).data).toMatchObject({
      uploadFile: { file: null, userErrors: [{ code: 'TICKET_NOT_FOUND', field: 'ticketId' }] },
    })
    const code = async (...sent: Parameters<typeof send>) => (await send(...sent)).errors?.[0]?.extensions.code
    expect(await code(zoe, Buffer.alloc(3_000_001), 'a')).toBe('file_too_large')
    expect(await code(zoe, Buffer.from('MZ'), 'a.png')).toBe('file_type_refused')
    expect(await code(zoe, picture, 'a.png', {}, { map: { 0: ['variables.input.nothing.here'] } })).toBe(
      'malformed_request',
    )
    expect(await code(zoe, picture, 'a.png', {}, { map: { 0: ['variables.__proto__.x'] } })).toBe('malformed_request')
    expect(await code(zoe, picture, 'a.png', {}, { map: { 1: ['variables.input.content'] } })).toBe('malformed_request')
    expect(await code(zoe, picture, 'a.png', { content: 'text' })).toBe('malformed_request')
    expect(await readdir(join(files.folder, 'received'))).toEqual([])
    const plain = { commandId: 'c', ticketId, content: 'text' }
    const { errors } = await api.ask(zoe, document, { input: plain })
    expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
  })

  it.each(['holiday.png.', 'holiday.png ', 'holiday.png\u200B'])(
    'is checked by the name that it is kept under: %j is holiday.png',
    async (name) => {
      const { errors } = await send(zoe, Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01'), Buffer.alloc(500)]), name)
      expect(errors).toMatchObject([{ extensions: { code: 'file_type_refused' } }])
    },
  )

  it('has a name where its sender gives none', async () => {
    const variables = { input: { commandId: randomUUID(), ticketId, content: null } }
    const fields = { operations: { query: document, variables }, map: { 0: ['variables.input.content'] } }
    const parts = Object.entries(fields).map(
      ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${JSON.stringify(value)}\r\n`,
    )
    const part = '--b\r\ncontent-disposition: form-data; name="0"\r\ncontent-type: application/octet-stream\r\n\r\n'
    const headers = {
      authorization: `Bearer ${await tokenFor(zoe)}`,
      'content-type': 'multipart/form-data; boundary=b',
    }
    const body = `${parts.join('')}${part}words\r\n--b--\r\n`
    const answer = await fetch(`${address}/graphql`, { method: 'POST', headers, body })
    expect(await answer.json()).toMatchObject({ data: { uploadFile: { file: { name: 'file' }, userErrors: [] } } })
  })
})
