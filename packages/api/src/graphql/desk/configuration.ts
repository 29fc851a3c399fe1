import { createHash } from 'node:crypto'
import type { CategoryFacts, Refusal, TicketPolicy } from '@guichet/domain'
import { categoriesOf, configurationAggregate, configurationId, instant, languageFor } from '@guichet/domain'
import {
  checkConfiguration,
  inWords,
  yearsAround,
  readVersions,
  stateOf,
  versionAt,
  versionStates,
} from '@guichet/desk/configuration'
import type { AppliedVersion } from '@guichet/desk/configuration'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import { joinIds, splitIds } from '../builder.ts'
import type { CommandResult } from '../command.ts'
import { commandFields, toCommandResult, senderOf } from '../command.ts'
import { seesOwnOnly } from '../context.ts'
import { addMutation } from '../mutation.ts'
import { historyCost } from '../loaders.ts'
import { connectionOf, loadNodes, namesOf, sliceOf } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addPeople, addVocabulary, enumOf } from '../vocabulary.ts'
import { addInputs } from '../inputs.ts'
import { addResultTypes } from '../result-types.ts'

/** A version of the configuration, with all versions. */
type VersionInHistory = { readonly version: AppliedVersion; readonly versions: readonly AppliedVersion[] }

type TeamOfVersion = AppliedVersion['configuration']['teams'][number] & { readonly version: number }

const teamsOf = ({ number, configuration }: AppliedVersion): TeamOfVersion[] =>
  configuration.teams.map((team) => ({ ...team, version: number }))

/** A category of a version of the configuration, named by the name of the version, labelled in a language. */
type LabelledCategory = {
  readonly facts: CategoryFacts
  readonly label: string
  readonly version: string
  readonly language: string
  /** What customers are shown in place of the version. */
  readonly digest: () => string
}

/** Adds `configuration`, `configurationHistory` and `categories`. */
export function addConfiguration({ builder, use }: SchemaParts) {
  const category = use(addCategory)
  const configuration = use(addConfigurationType)
  builder.queryFields((t) => ({
    configuration: t.field({
      type: configuration,
      nullable: true,
      description:
        'The configuration in force now, or `at` an instant, or a `version` of it; null if there is no such version.',
      args: { version: t.arg.int(), at: t.arg({ type: 'DateTime' }) },
      extensions: { cost: historyCost },
      resolve: async (_, { version: number, at }, { services }) => {
        if (number != null && at != null) throw edgeError('malformed_input', 'version and at exclude one another')
        const versions = await readVersions(services.store)
        const version = number == null ? versionAt(versions, at ?? instant(new Date())) : versions[number]
        return version && { version, versions }
      },
    }),
    configurationHistory: t.connection(
      {
        type: configuration,
        description: 'The versions that were applied, newest first.',
        extensions: { cost: historyCost },
        resolve: (_, args, { services }) =>
          connectionOf('configurationHistory', args, async (page) => {
            const versions = await readVersions(services.store)
            const newestFirst = versions
              .slice(1)
              .reverse()
              .map((version) => ({ version, versions }))
            return sliceOf(newestFirst, page, ({ version }) => ({ value: String(version.number), id: '' }))
          }),
      },
      ...namesOf('Configuration'),
    ),
    categories: t.field({
      type: [category],
      description: 'The categories of tickets, each after its parent.',
      args: { language: t.arg.string() },
      resolve: async (_, { language }, { services }) => {
        const { policy } = await services.desk.terms()
        return categoriesInForce(policy, language ?? undefined)
      },
    }),
  }))
  return configuration
}

/** Adds `Configuration`. */
function addConfigurationType({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const category = use(addCategory)
  const team = use(addTeam)
  const state = enumOf(builder, 'ConfigurationState', versionStates, {
    description:
      '`NEVER`: another version replaced it before its time came. `SUPERSEDED`: it was in force until a version was applied that takes effect before it.',
  })

  const configuration = builder.objectRef<VersionInHistory>('Configuration')
  builder.node(configuration, {
    description: 'One version of the configuration of the desk.',
    id: { resolve: ({ version }) => String(version.number) },
    loadMany: loadNodes('configuration', async (id, { services }) => {
      const versions = await readVersions(services.store)
      const version = versions.find((each) => String(each.number) === id)
      return version && { version, versions }
    }),
    fields: (t) => ({
      version: t.int({
        description: 'The number of the version, counted from 1; 0 is the default configuration.',
        resolve: ({ version }) => version.number,
      }),
      name: t.string({ description: 'The name of the version in events.', resolve: ({ version }) => version.name }),
      state: t.field({
        type: state,
        resolve: ({ version, versions }) => stateOf(version, versions, instant(new Date())),
      }),
      effectiveFrom: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it takes effect; null for the default configuration.',
        resolve: ({ version }) => version.effectiveFrom,
      }),
      appliedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ version }) => version.appliedAt }),
      appliedBy: t.field({ type: actor, nullable: true, resolve: ({ version }) => version.appliedBy }),
      comment: t.string({ nullable: true, resolve: ({ version }) => version.comment }),
      document: t.field({
        type: 'JSON',
        extensions: { cost: 10 },
        description: 'The whole document, as `guichet config export` writes it, with durations such as 1h30m.',
        resolve: ({ version }) => inWords(version.configuration),
      }),
      plans: t.stringList({ resolve: ({ version }) => version.configuration.plans }),
      teams: t.field({ type: [team], resolve: ({ version }) => teamsOf(version) }),
      categories: t.field({
        type: [category],
        args: { language: t.arg.string() },
        resolve: ({ version }, { language }) => categoriesIn(version, language ?? undefined),
      }),
    }),
  })
  return configuration
}

/** Adds `Team`. */
function addTeam({ builder }: SchemaParts) {
  const team = builder.objectRef<TeamOfVersion>('Team')
  builder.node(team, {
    id: { resolve: ({ version, name }) => joinIds(version, name) },
    loadMany: loadNodes('configuration', async (id, { services }) => {
      const [number = '', ...name] = splitIds(id)
      const version = (await readVersions(services.store)).find((each) => String(each.number) === number)
      return version && teamsOf(version).find((each) => each.name === joinIds(...name))
    }),
    fields: (t) => ({
      name: t.exposeString('name'),
      label: t.string({ resolve: ({ name, label }) => label ?? name }),
      calendar: t.exposeString('calendar', { nullable: true }),
    }),
  })
  return team
}

/** Adds `Category`. */
function addCategory({ builder, use }: SchemaParts) {
  const { priority } = use(addVocabulary)
  const category = builder.objectRef<LabelledCategory>('Category')
  builder.node(category, {
    description:
      'A category of tickets in a version of the configuration, labelled in a language. Lists contain a category after its parent.',
    id: {
      resolve: ({ version, digest, facts, language }, _, context) =>
        joinIds(seesOwnOnly(context) ? digest() : version, facts.path, language),
    },
    loadMany: loadNodes('categories', categoryOf),
    fields: (t) => ({
      path: t.id({ description: 'The path, as openTicket takes it.', resolve: ({ facts }) => facts.path }),
      label: t.string({
        description: 'The label in the closest language to the requested one; the name if there is no label.',
        resolve: ({ label }) => label,
      }),
      parent: t.id({
        nullable: true,
        description: 'The path of the parent category.',
        resolve: ({ facts: { path } }) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null),
      }),
      priority: t.field({
        type: priority,
        nullable: true,
        description: 'The priority of a ticket that is opened without one; null for normal, and for customers.',
        extensions: deskOnly,
        resolve: ({ facts }) => facts.priority,
      }),
      escalateTo: t.string({
        nullable: true,
        description:
          'The team that its tickets are escalated to; null for the team of the SLA policy, and for customers.',
        extensions: deskOnly,
        resolve: ({ facts }) => facts.escalateTo,
      }),
    }),
  })
  return category
}

/**
 * Finds a category by the name of its version, its path and a language. Customers find those in force only, by their
 * digest: the name of a version says how often the desk has changed its configuration.
 */
async function categoryOf(id: string, context: ApiContext): Promise<LabelledCategory | undefined> {
  const { desk, store } = context.services
  const [name = '', path = '', ...language] = splitIds(id)
  const { policy } = await desk.terms()
  const isOf = ({ facts }: LabelledCategory): boolean => facts.path === path
  const inForce = categoriesInForce(policy, joinIds(...language)).find(isOf)
  if (seesOwnOnly(context)) return inForce?.digest() === name ? inForce : undefined
  if (name === policy.version) return inForce
  const version = (await readVersions(store)).find((each) => each.name === name)
  return version && categoriesIn(version, joinIds(...language)).find(isOf)
}

const categoriesInForce = (
  { version, categories = new Map(), defaultLanguage }: TicketPolicy,
  language: string = defaultLanguage,
): LabelledCategory[] => labelled({ version, categories, defaultLanguage }, language)

const categoriesIn = (
  { name, configuration: { categories, desk } }: AppliedVersion,
  language: string = desk.defaultLanguage,
): LabelledCategory[] =>
  labelled({ version: name, categories: categoriesOf(categories), defaultLanguage: desk.defaultLanguage }, language)

const labelled = (
  {
    version,
    categories,
    defaultLanguage,
  }: Pick<TicketPolicy, 'version' | 'defaultLanguage'> & {
    readonly categories: ReadonlyMap<string, CategoryFacts>
  },
  language: string,
): LabelledCategory[] =>
  Array.from(categories.values(), (facts) => ({
    facts,
    label: labelOf(facts, language, defaultLanguage),
    version,
    language,
    digest: () => digestOf(categories, defaultLanguage),
  }))

const digests = new WeakMap<ReadonlyMap<string, CategoryFacts>, string>()

/** A digest of what customers are shown of categories: the same for all versions in which that is the same. */
function digestOf(categories: ReadonlyMap<string, CategoryFacts>, defaultLanguage: string): string {
  const cachedDigest = digests.get(categories)
  if (cachedDigest !== undefined) return cachedDigest
  const labels = Array.from(categories.values(), ({ path, label }) => [path, Object.entries(label).sort()])
  const content = JSON.stringify([defaultLanguage, labels])
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 32)
  digests.set(categories, digest)
  return digest
}

function labelOf({ path, label }: CategoryFacts, language: string, fallback: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return Object.keys(label).length === 0 ? name : (label[languageFor(label, language, fallback)] ?? name)
}

/** Adds `applyConfiguration`: an administrator makes a document the next version. */
export function addApplyConfiguration({ builder, use }: SchemaParts): void {
  const inputs = use(addInputs)
  const configuration = use(addConfiguration)
  const { entityPayload } = use(addResultTypes)
  const { schemas, descriptions } = configurationAggregate
  const configurationPayload = entityPayload('configuration', configuration, {
    models: ['deadlines', 'sla', 'inbox'],
    reached: 'Waits until deadlines, SLA targets and notifications follow the version; false if that takes too long.',
    description: 'The version with the document: a new one, or the last one if its document is the same.',
    read: async (_, { services }, executed) => {
      const versions = await readVersions(services.store)
      const version = executed && versions[executed.version]
      return version && { version, versions }
    },
  })

  addMutation(builder, inputs, 'applyConfiguration', {
    description: `${descriptions.apply} \`expectedVersion\` is the number of the last version. Each fault of the document is a separate user error.`,
    payload: configurationPayload,
    schema: schemas.apply.omit({ configuration: true, publicHolidays: true }),
    fields: (t) => ({
      ...commandFields(t, 'the configuration'),
      document: t.field({
        type: 'JSON',
        required: true,
        description: 'The whole document, in the form of `Configuration.document`.',
      }),
    }),
    resolve: async (command, { document, ...input }, context) => {
      const now = new Date()
      const years = yearsAround(now, ...(command.effectiveFrom === undefined ? [] : [instant(command.effectiveFrom)]))
      const checked = await checkConfiguration(document, now, years)
      if (!checked.ok) return faulty(checked.refusal)
      const { configuration, publicHolidays } = checked.value
      const whole = { ...command, configuration, publicHolidays }
      const sender = senderOf(context, input)
      return toCommandResult(
        await context.services.desk.execute('configuration', configurationId, whole, sender),
        context,
      )
    },
  })
}

const faulty = (faults: readonly { readonly path: string; readonly message: string }[]): CommandResult => ({
  id: undefined,
  executed: undefined,
  userErrors: faults.map(({ path, message }): Refusal => {
    const field = path === '' ? 'document' : `document.${path}`
    return { code: 'invalid_command', message: `${field}: ${message}`, field }
  }),
})
