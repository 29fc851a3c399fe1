import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressGuard, addressRange, AddressRefused } from './address-guard.ts'

const guard = addressGuard()

/** What a guard says of an address: that of a host is looked up. */
const said = (url: string, { lookupFor } = guard): Promise<unknown> =>
  new Promise((resolve) => {
    const { hostname } = new URL(url)
    try {
      lookupFor(new URL(url))(hostname, { all: true }, (error, addresses) => resolve(error ?? addresses))
    } catch (error) {
      resolve(error)
    }
  })

describe('an address of the desk’s own network', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://017700000001/',
    'http://127。0。0。1/',
    'http://0.0.0.0/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://192.0.0.8/',
    'http://198.18.0.1/',
    'http://203.0.113.1/',
    'http://224.0.0.1/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[64:ff9b:1::a00:1]/',
    'http://[2002:a00:1::]/',
    'http://[2001::1]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[fd00::1]/',
    'http://[ff02::1]/',
    'http://[2001:db8::1]/',
    'http://localhost/',
  ])('is refused: %s', async (url) => {
    expect(await said(url)).toBeInstanceOf(AddressRefused)
  })

  it.each(['http://1.1.1.1:22/', 'https://[2606:4700::1111]:6379/', 'http://1.1.1.1:81/'])(
    'is no other port than those of web servers: %s',
    async (url) => {
      expect(await said(url)).toBeInstanceOf(AddressRefused)
    },
  )

  it('is refused where any of the addresses of a name is one', async () => {
    const mixed = addressGuard({
      resolve: (_name, _options, callback) =>
        callback(null, [
          { address: '1.1.1.1', family: 4 },
          { address: '::ffff:10.0.0.1', family: 6 },
        ]),
    })
    expect(await said('https://mixed.example/', mixed)).toBeInstanceOf(AddressRefused)
  })
})

describe('an address of the public internet', () => {
  it('is taken, of a name with the addresses that were checked', async () => {
    const addresses = [
      { address: '1.1.1.1', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]
    const resolving = addressGuard({ resolve: (_name, _options, callback) => callback(null, addresses) })
    expect(await said('https://one.example:8443/', resolving)).toEqual(addresses)
    for (const url of ['http://1.1.1.1/', 'https://[2606:4700::1111]/', 'http://[::ffff:1.1.1.1]:8080/'])
      expect(() => guard.lookupFor(new URL(url))).not.toThrow()
  })

  it('is told from one that is allowed besides, on any port, and in no other range', async () => {
    const ranges = ['10.1.0.0/16', 'fd00::/8'].flatMap((text) => addressRange(text) ?? [])
    const { lookupFor } = addressGuard({ allowed: ranges })
    for (const url of ['http://10.1.9.9:3000/', 'http://[fd12::1]:3000/', 'http://[::ffff:10.1.0.1]/'])
      expect(() => lookupFor(new URL(url))).not.toThrow()
    for (const url of ['http://10.2.0.1/', 'http://[fe80::1]/', 'http://1.1.1.1:3000/'])
      expect(() => lookupFor(new URL(url))).toThrow(AddressRefused)
    for (const text of ['10.0.0.0', '10.0.0.0/33', 'loopback', '']) expect(addressRange(text)).toBeUndefined()
  })
})

describe('a name that resolves to another address the next time', () => {
  let connections = 0
  const server = createServer((_request, response) => void response.end())
  server.on('connection', () => void connections++)
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)))
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())))

  it('is connected to at the address that was checked, since none is asked for again', async () => {
    const { port } = server.address() as AddressInfo
    const answers = ['127.0.0.1', '10.0.0.1']
    const asked: string[] = []
    const loopback = addressRange('127.0.0.0/8')
    const rebinding = addressGuard({
      allowed: loopback ? [loopback] : [],
      resolve: (name, _options, callback) => {
        asked.push(name)
        callback(null, [{ address: answers.shift() ?? '', family: 4 }])
      },
    })
    const url = new URL(`http://rebinding.example:${port}/`)
    const connect = () =>
      new Promise<unknown>((resolve) => {
        get({ hostname: url.hostname, port, lookup: rebinding.lookupFor(url), agent: false }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        }).on('error', resolve)
      })
    expect(await connect()).toBe(200)
    expect([connections, asked]).toEqual([1, ['rebinding.example']])
    expect(await connect()).toBeInstanceOf(AddressRefused)
    expect(connections).toBe(1)
  })
})
