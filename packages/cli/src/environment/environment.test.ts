import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { authConfig, readEnvironment, variables } from './environment.ts'

const secret = 's'.repeat(32)

describe('the environment', () => {
  it('has a default for everything in development', () => {
    expect(readEnvironment({ PORT: '' })).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: undefined,
      eventStoreUrl: undefined,
      requestsPerMinute: 3_000,
      writtenBytesPerMinute: 1024 * 1024,
      readBytesPerMinute: 8 * 1024 * 1024,
      millisecondsPerMinute: 60_000,
      operations: undefined,
      readTimeoutMs: 15_000,
    })
  })

  it.each([
    ['PORT', '70000', /^PORT must be a port/],
    ['PORT', 'http', /^PORT must be a port/],
    ['HOST', 'not a host', /^HOST must be/],
    ['DATABASE_URL', 'mysql://localhost/x', /^DATABASE_URL must be of the form postgres:/],
    ['DATABASE_URL', 'localhost', /^DATABASE_URL must be/],
    ['DATABASE_URL', 'postgres://me:a/b@db.example/guichet', /^DATABASE_URL must .* \/ is written %2F/],
    ['DATABASE_URL', 'postgres://me:a#b@db.example/guichet', /^DATABASE_URL must .* # %23/],
    ['DATABASE_URL', 'postgres://me:a?b@db.example/guichet', /^DATABASE_URL must .* \? %3F/],
    ['DATABASE_URL', 'postgres://me:12/b@db.example/guichet', /^DATABASE_URL must .* \/ is written %2F/],
    ['DATABASE_MIGRATION_URL', 'postgres://me:12#b@db.example/guichet', /^DATABASE_MIGRATION_URL must .* # %23/],
    ['EVENTSTORE_URL', 'esdb://me:a/b@localhost:2113', /^EVENTSTORE_URL must be of the form esdb:.*URL-encoded$/],
    ['GUICHET_SMTP_URL', 'smtp://me:a/b@mail.example', /^GUICHET_SMTP_URL must .* \/ is written %2F/],
    ['EVENTSTORE_URL', 'http://localhost:2113', /^EVENTSTORE_URL must be of the form esdb:/],
    ['EVENTSTORE_URL', 'esdb://localhost:2113?colour=red', /^EVENTSTORE_URL has an unknown option: colour/],
    ['GUICHET_JWT_SECRET', 'short', /^GUICHET_JWT_SECRET must have at least 32 bytes/],
    ['GUICHET_JWT_PUBLIC_KEY', 'no key', /^GUICHET_JWT_PUBLIC_KEY must be/],
    ['GUICHET_JWT_JWKS_URL', 'ftp://keys', /^GUICHET_JWT_JWKS_URL must be/],
    ['GUICHET_LOG_LEVEL', 'loud', /^GUICHET_LOG_LEVEL must be one of silent, error, warn, info, debug$/],
    ['NODE_ENV', 'prod', /^NODE_ENV must be one of development, production, test$/],
    ['GUICHET_READ_TIMEOUT_MS', '1s', /^GUICHET_READ_TIMEOUT_MS must be a number of milliseconds/],
    ['GUICHET_RATE_LIMIT', 'many', /^GUICHET_RATE_LIMIT must be/],
    ['GUICHET_WEBSOCKETS_PER_ADDRESS', 'many', /^GUICHET_WEBSOCKETS_PER_ADDRESS must be/],
    ['GUICHET_JWT_ALGORITHM', 'none', /^GUICHET_JWT_ALGORITHM/],
    ['GUICHET_WEBHOOK_URL', 'ftp://desk.example', /^GUICHET_WEBHOOK_URL must be an http or https address/],
    ['GUICHET_WEBHOOK_URL', 'https://me:secret@desk.example', /^GUICHET_WEBHOOK_URL must hold no user and no password/],
    ['GUICHET_WEBHOOK_SECRET', 'whsec_c2hvcnQ=', /^GUICHET_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes/],
    ['GUICHET_WEBHOOK_SECRET', 's'.repeat(44), /^GUICHET_WEBHOOK_SECRET must be/],
    ['GUICHET_SMTP_URL', 'http://mail.example', /^GUICHET_SMTP_URL must be of the form smtp:/],
    ['GUICHET_MAIL_FROM', 'Support', /^GUICHET_MAIL_FROM must be an address/],
    ['GUICHET_MAIL_FROM', 'A <a@desk.example>, B <b@desk.example>', /^GUICHET_MAIL_FROM must be an address/],
    ['GUICHET_PUSH_KEY', 'c2hvcnQ', /^GUICHET_PUSH_KEY must be a private key of P-256/],
    ['GUICHET_PUSH_CONTACT', 'desk@desk.example', /^GUICHET_PUSH_CONTACT must be of the form mailto:/],
    ['GUICHET_REPORT_TO', 'everybody', /^GUICHET_REPORT_TO must be an e-mail address/],
    ['GUICHET_DELIVERY_GIVE_UP_AFTER', '3 days', /^GUICHET_DELIVERY_GIVE_UP_AFTER must be a duration/],
    ['GUICHET_DELIVERY_GIVE_UP_AFTER', '0d', /^GUICHET_DELIVERY_GIVE_UP_AFTER must be a duration/],
    ['GUICHET_LIVE_DATA_SECRETS', 'battery=short', /^GUICHET_LIVE_DATA_SECRETS must be name=whsec_…/],
    ['GUICHET_LIVE_DATA_URLS', 'https://bms.example', /^GUICHET_LIVE_DATA_URLS must be name=https/],
    ['GUICHET_LIVE_DATA_URLS', 'a=https://x.example,a=https://y.example', /^GUICHET_LIVE_DATA_URLS must be/],
    ['GUICHET_LIVE_DATA_URLS', 'a=https://me:secret@x.example', /^GUICHET_LIVE_DATA_URLS must be/],
    ['GUICHET_LIVE_DATA_TIMEOUT_MS', '3s', /^GUICHET_LIVE_DATA_TIMEOUT_MS must be 10 to 99999/],
  ])('names %s when it is %j', (name, value, message) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(message)
  })

  it.each([
    'esdb://localhost:2113?tls=false',
    'esdb+discover://admin:a%40b@events.example:2113?nodePreference=leader',
    'esdb://admin:a@b:c#d%25@events.example:2113',
  ])('takes the event store %s', (url) => {
    expect(readEnvironment({ EVENTSTORE_URL: url })).toMatchObject({ eventStoreUrl: url })
  })

  const webhookSecret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`

  it('reads the sources of live data, each with a secret, and some with an address', () => {
    expect(readEnvironment({}).liveData).toBeUndefined()
    const given = {
      GUICHET_LIVE_DATA_SECRETS: `battery=${webhookSecret} ${webhookSecret}, billing=${webhookSecret}`,
      GUICHET_LIVE_DATA_URLS: 'battery=https://bms.example/guichet?site=north',
    }
    expect(readEnvironment(given).liveData).toEqual({
      timeoutMs: 3_000,
      sources: [
        { name: 'battery', secrets: [webhookSecret, webhookSecret], url: 'https://bms.example/guichet?site=north' },
        { name: 'billing', secrets: [webhookSecret], url: undefined },
      ],
    })
    expect(() => readEnvironment({ GUICHET_LIVE_DATA_URLS: 'battery=https://bms.example' })).toThrow(
      'GUICHET_LIVE_DATA_SECRETS has no secret for the source battery',
    )
  })

  it('reads the models that classify tickets and analyse activities, of which there are none by default', () => {
    expect(readEnvironment({})).toMatchObject({ classifier: undefined, analyser: undefined })
    const classifier = { GUICHET_CLASSIFIER_URL: 'http://127.0.0.1:11434/v1', GUICHET_CLASSIFIER_MODEL: 'small' }
    const analyser = { GUICHET_ANALYSER_URL: 'http://127.0.0.1:11434/v1', GUICHET_ANALYSER_MODEL: 'small' }
    const service = { url: 'http://127.0.0.1:11434/v1', model: 'small', key: undefined, timeoutMs: 5_000 }
    expect(readEnvironment({ ...classifier, ...analyser, GUICHET_ANALYSER_KEY: 'k' })).toMatchObject({
      classifier: { ...service, budget: undefined },
      analyser: { ...service, key: 'k', budget: 500 },
    })
    expect(readEnvironment({ ...analyser, GUICHET_ANALYSER_BUDGET: '0' }).analyser?.budget).toBe(0)
    expect(() => readEnvironment({ GUICHET_ANALYSER_KEY: 'k' })).toThrow('GUICHET_ANALYSER_URL is missing')
    const translators = { GUICHET_TRANSLATOR_URLS: 'libre=https://t.example,other=http://127.0.0.1:5000' }
    const pairs = { GUICHET_TRANSLATOR_PAIRS: 'en>fr=other libre, *>en=libre', GUICHET_TRANSLATOR_KEYS: 'other=k' }
    expect(readEnvironment({}).translation).toBeUndefined()
    expect(readEnvironment({ ...translators, ...pairs }).translation).toMatchObject({
      services: [
        { name: 'libre', url: 'https://t.example', key: undefined, timeoutMs: 5_000, budget: 500_000 },
        { name: 'other', key: 'k' },
      ],
      pairs: [
        { from: 'en', to: 'fr', services: ['other', 'libre'] },
        { from: '*', to: 'en', services: ['libre'] },
      ],
      notes: false,
    })
    expect(() => readEnvironment(pairs)).toThrow('has no address for the translator other')
    expect(() => readEnvironment({ GUICHET_TRANSLATOR_PAIRS: 'en-fr=libre' })).toThrow('must be en>fr=name')
    expect(() => readEnvironment({ ...analyser, GUICHET_ANALYSER_TIMEOUT_MS: '20001' })).toThrow('10 to 20000')
  })

  it('takes a service that embeds texts, with how it is asked', () => {
    const service = { GUICHET_EMBEDDINGS_URL: 'http://127.0.0.1:8000/v1', GUICHET_EMBEDDINGS_MODEL: 'e5' }
    expect(readEnvironment({}).embeddings).toBeUndefined()
    expect(
      readEnvironment({
        ...service,
        GUICHET_EMBEDDINGS_QUERY_PREFIX: 'query: ',
        GUICHET_EMBEDDINGS_INPUT_TYPES: 'query,document',
        GUICHET_EMBEDDINGS_MEMORY_MB: '64',
      }).embeddings,
    ).toMatchObject({
      timeoutMs: 300,
      batch: 32,
      mostBytes: 64_000_000,
      prefixes: { query: 'query: ', passage: '' },
      inputTypes: { query: 'query', passage: 'document' },
    })
    expect(() => readEnvironment({ GUICHET_EMBEDDINGS_KEY: 'k' })).toThrow('GUICHET_EMBEDDINGS_URL is missing')
    expect(() => readEnvironment({ ...service, GUICHET_EMBEDDINGS_BATCH: '257' })).toThrow('1 to 256')
    expect(() => readEnvironment({ ...service, GUICHET_EMBEDDINGS_MIN_SIMILARITY: '2' })).toThrow('from 0 to 1')
    expect(() => readEnvironment({ ...service, GUICHET_EMBEDDINGS_INPUT_TYPES: 'query' })).toThrow('query,passage')
  })

  it('reads the destinations of notifications and reports', () => {
    expect(readEnvironment({}).delivery).toEqual({
      webhook: undefined,
      smtp: undefined,
      reportTo: undefined,
      giveUpAfterMs: 259_200_000,
    })
    const given = {
      GUICHET_WEBHOOK_URL: 'https://app.example/guichet',
      GUICHET_WEBHOOK_SECRET: `${webhookSecret} ${webhookSecret}`,
      GUICHET_SMTP_URL: 'smtps://desk:secret@mail.example',
      GUICHET_MAIL_FROM: 'Équipe Support <support@desk.example>',
      GUICHET_REPORT_TO: 'lead@desk.example',
      GUICHET_DELIVERY_GIVE_UP_AFTER: '12h',
    }
    expect(readEnvironment(given).delivery).toEqual({
      webhook: { url: 'https://app.example/guichet', secrets: [webhookSecret, webhookSecret] },
      smtp: {
        url: 'smtps://desk:secret@mail.example',
        from: { name: 'Équipe Support', address: 'support@desk.example' },
      },
      reportTo: 'lead@desk.example',
      giveUpAfterMs: 43_200_000,
    })
  })

  it.each([
    [{ GUICHET_WEBHOOK_URL: 'https://app.example' }, /^GUICHET_WEBHOOK_SECRET is missing/],
    [{ GUICHET_WEBHOOK_SECRET: webhookSecret }, /^GUICHET_WEBHOOK_URL is missing/],
    [{ GUICHET_SMTP_URL: 'smtp://mail.example' }, /^GUICHET_MAIL_FROM is missing/],
    [{ GUICHET_MAIL_FROM: 'support@desk.example' }, /^GUICHET_SMTP_URL is missing/],
    [{ GUICHET_REPORT_TO: 'lead@desk.example' }, /^GUICHET_SMTP_URL is missing/],
    [{ GUICHET_PUSH_CONTACT: 'mailto:desk@desk.example' }, /^GUICHET_PUSH_KEY is missing/],
  ])('names what is missing beside %j', (given, message) => {
    expect(() => readEnvironment(given)).toThrow(message)
  })

  it.each(['*', 'desk.example', 'https://desk.example/', 'https://desk.example:443', 'https://a.example, ', 'null'])(
    'does not take %j for web origins',
    (origins) => {
      const read = (): unknown => readEnvironment({ GUICHET_CORS_ORIGINS: origins })
      expect(read).toThrow(/^GUICHET_CORS_ORIGINS must be origins such as/)
    },
  )

  it.each(['true', '1', '*', 'proxy.example', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.7,'])(
    'does not take %j for proxies',
    (proxies) => {
      const read = (): unknown => readEnvironment({ GUICHET_TRUST_PROXY: proxies })
      expect(read).toThrow(/^GUICHET_TRUST_PROXY must be addresses such as/)
    },
  )

  it('names the option that stands for a variable, when it came from there', () => {
    expect(() => readEnvironment({ PORT: '1' }, { PORT: '99999' })).toThrow(/^--port must be a port/)
    expect(() => readEnvironment({ PORT: '99999' }, { HOST: 'x' })).toThrow(/^PORT must be a port/)
  })

  it('refuses two keys at once', () => {
    expect(() => readEnvironment({ GUICHET_JWT_SECRET: secret, GUICHET_JWT_JWKS_URL: 'https://keys.example' })).toThrow(
      /exclude/,
    )
  })

  it.each([
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ])('tells %s by its public key, also with escaped line ends', (algorithm, { publicKey }) => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    for (const written of [pem, pem.replaceAll('\n', '\\n')]) {
      const { tokens } = readEnvironment({ GUICHET_JWT_PUBLIC_KEY: written })
      expect(tokens.key).toEqual({ algorithm, publicKey: pem })
    }
  })

  it.each([
    ['a P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['an RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' })],
    [
      'an encrypted',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'x',
      }),
    ],
    ['a broken', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n'],
  ])('refuses %s private key as a public one, and does not print it', (_, key) => {
    for (const written of [String(key), String(key).replaceAll('\n', '\\n')]) {
      const read = (): unknown => readEnvironment({ GUICHET_JWT_PUBLIC_KEY: written })
      expect(read).toThrow(/^GUICHET_JWT_PUBLIC_KEY is a private key/)
      expect(read).not.toThrow(String(key).split('\n')[1])
    }
  })

  it('takes an RSA public key in the form of PKCS #1, and none that is too short', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const given = { GUICHET_JWT_PUBLIC_KEY: publicKey.export({ type: 'pkcs1', format: 'pem' }).toString() }
    const spki = publicKey.export({ type: 'spki', format: 'pem' })
    expect(readEnvironment(given).tokens.key).toEqual({ algorithm: 'RS256', publicKey: spki })
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' })
    expect(() => readEnvironment({ GUICHET_JWT_PUBLIC_KEY: String(short) })).toThrow('at least 2048 bits')
  })

  it('takes no key in PEM for a secret', () => {
    const read = (): unknown => readEnvironment({ GUICHET_JWT_SECRET: String(rsa) })
    expect(read).toThrow(/^GUICHET_JWT_SECRET must be a secret, not a key in PEM/)
  })

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })
  const jwksUrl = 'https://keys.example'

  it.each([
    [{ GUICHET_JWT_JWKS_URL: jwksUrl }, { algorithm: 'RS256', jwksUrl }],
    [
      { GUICHET_JWT_JWKS_URL: jwksUrl, GUICHET_JWT_ALGORITHM: 'RS256' },
      { algorithm: 'RS256', jwksUrl },
    ],
    [
      { GUICHET_JWT_JWKS_URL: jwksUrl, GUICHET_JWT_ALGORITHM: 'ES256' },
      { algorithm: 'ES256', jwksUrl },
    ],
    [
      { GUICHET_JWT_SECRET: secret, GUICHET_JWT_ALGORITHM: 'HS256' },
      { algorithm: 'HS256', secret },
    ],
    [
      { GUICHET_JWT_PUBLIC_KEY: rsa, GUICHET_JWT_ALGORITHM: 'RS256' },
      { algorithm: 'RS256', publicKey: rsa },
    ],
    [{ GUICHET_JWT_ALGORITHM: 'HS256' }, undefined],
  ])('pins one algorithm: %j', (environment, key) => {
    expect(readEnvironment(environment as Record<string, string>).tokens.key).toEqual(key)
  })

  it.each([
    ['HS256', { GUICHET_JWT_JWKS_URL: jwksUrl }, 'the key is for RS256'],
    ['RS256', { GUICHET_JWT_SECRET: secret }, 'the key is for HS256'],
    ['ES256', { GUICHET_JWT_PUBLIC_KEY: rsa as string }, 'the key is for RS256'],
    ['ES256', {}, 'there is no key for it'],
  ])('refuses %s beside another key: %j', (algorithm, key, reason) => {
    const read = (): unknown => readEnvironment({ ...key, GUICHET_JWT_ALGORITHM: algorithm })
    expect(read).toThrow(`GUICHET_JWT_ALGORITHM is ${algorithm}, and ${reason}`)
  })

  it('reads lists of origins and of proxies', () => {
    expect(
      readEnvironment({
        GUICHET_CORS_ORIGINS: 'https://desk.example, http://localhost:5173',
        GUICHET_TRUST_PROXY: 'loopback,10.0.0.7, fd00::/8',
      }),
    ).toMatchObject({
      corsOrigins: ['https://desk.example', 'http://localhost:5173'],
      trustProxy: ['loopback', '10.0.0.7', 'fd00::/8'],
    })
  })

  it('generates no secret in production', async () => {
    const environment = readEnvironment({ NODE_ENV: 'production' })
    await expect(authConfig(environment)).rejects.toMatchObject({ code: 'config_missing' })
  })

  it('generates one secret in development, readable by its owner only', async () => {
    const home = await mkdtemp(join(tmpdir(), 'guichet-home-'))
    try {
      const environment = readEnvironment({ GUICHET_HOME: home })
      const [first, second] = [await authConfig(environment), await authConfig(environment)]
      expect(first).toEqual(second)
      expect((await stat(join(home, 'development-secret'))).mode & 0o777).toBe(0o600)
    } finally {
      await rm(home, { recursive: true })
    }
  })
})

it('is documented, every variable of it and no other', async () => {
  const document = await readFile(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8')
  const documented = [...document.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name]) => name)
  expect(documented.sort()).toEqual([...variables].sort())
})
