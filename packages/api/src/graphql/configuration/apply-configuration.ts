import type { Refusal } from '@guichet/domain'
import { configurationId } from '@guichet/domain'
import { yearsAround } from '../../desk-configuration/public-holidays.ts'
import { checkConfiguration } from '../../desk-configuration/read-configuration.ts'
import { readVersions } from '../../desk-configuration/versions.ts'
import { commandData, senderOf } from '../command/send.ts'
import { commandFields, inputOf } from '../command/command-input.ts'
import type { CommandResult } from '../command/outcome.ts'
import { concluded } from '../command/outcome.ts'
import type { ResultTypes } from '../command/result-types.ts'
import { payloadOf } from '../command/result-types.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { ConfigurationRef } from './configuration-queries.ts'

/** `applyConfiguration`: makes a document the next version; by an administrator. */
export function addApplyConfiguration(
  builder: ApiBuilder,
  configuration: ConfigurationRef,
  { payload }: ResultTypes,
): void {
  const input = inputOf(builder, 'applyConfiguration', (t) => ({
    ...commandFields(t, 'the configuration'),
    document: t.field({ type: 'JSON', required: true, description: 'All of it, as `Configuration.document`.' }),
    effectiveFrom: t.field({ type: 'DateTime', description: 'When it comes into force: at once unless given.' }),
    retroactive: t.boolean({ description: 'Lets that instant have passed: for history that is yet to be imported.' }),
    comment: t.string({ description: 'Why.' }),
  }))

  const configurationPayload = (operation: string) =>
    builder.objectRef<CommandResult>(payloadOf(operation)).implement({
      interfaces: [payload],
      fields: (t) => ({
        readModelsReached: t.boolean({
          description:
            'Waits until deadlines, SLA targets and notifications follow from it; false when that takes too long.',
          resolve: (_, __, { shows }) => shows(['deadlines', 'sla', 'inbox']),
        }),
        configuration: t.field({
          type: configuration,
          nullable: true,
          description: 'The version that says so: a new one, or the last one where that says the same.',
          resolve: async ({ executed }, _, { services }) => {
            const versions = await readVersions(services.store)
            const version = executed && versions[executed.version]
            return version && { version, versions }
          },
        }),
      }),
    })

  builder.mutationField('applyConfiguration', (t) =>
    t.field({
      type: configurationPayload('applyConfiguration'),
      description:
        'Makes a document the next version of the configuration; `expectedVersion` is the number of the one applied last. Every fault of the document is a user error of its own.',
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_, args, context) => {
        const { document, ...input } = args.input
        const now = new Date()
        const years = yearsAround(now, ...(input.effectiveFrom == null ? [] : [input.effectiveFrom]))
        const checked = await checkConfiguration(document, now, years)
        if (!checked.ok) return faulty(checked.refusal)
        const { configuration, publicHolidays } = checked.value
        const command = { type: 'apply', ...commandData(input), configuration, publicHolidays }
        const sender = senderOf(context, args.input)
        return concluded(
          await context.services.desk.execute('configuration', configurationId, command as never, sender),
          context,
        )
      },
    }),
  )
}

const faulty = (faults: readonly { readonly path: string; readonly message: string }[]): CommandResult => ({
  id: undefined,
  executed: undefined,
  userErrors: faults.map(({ path, message }): Refusal => {
    const field = path === '' ? 'document' : `document.${path}`
    return { code: 'invalid_command', message: `${field}: ${message}`, field }
  }),
})
