import { z } from 'zod'
import type { LanguageAvailability } from '@guichet/domain'
import { language as languageTag, languageAvailabilities, planAt } from '@guichet/domain'
import type { SpeakingAgent } from '@guichet/projections'
import { chatStaffAt } from '../../shifts.ts'
import type { SchemaParts } from '../builder.ts'
import { readArguments } from '../filter.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'

const schema = z.object({ language: languageTag.optional() })

type Availability = LanguageAvailability<SpeakingAgent> & {
  /** How many of its speakers are there now. */
  readonly agents: number
}

/** Adds `languageAvailability`: when customers are answered in their language. */
export function addLanguageAvailability({ builder }: SchemaParts): void {
  const availability = builder.objectRef<Availability>('LanguageAvailability').implement({
    description: 'When somebody is there who speaks a language.',
    fields: (t) => ({
      language: t.exposeString('language', { description: 'The language, without a region.' }),
      isAvailable: t.boolean({
        description: 'Whether somebody is there now who speaks it: available, on shift and connected, as for chats.',
        resolve: ({ agents }) => agents > 0,
      }),
      agents: t.int({
        nullable: true,
        description: 'How many such agents are there now; null for customers.',
        extensions: deskOnly,
        resolve: ({ agents }) => agents,
      }),
      isOpen: t.exposeBoolean('isOpen', {
        description: 'Whether it is within the hours of those who speak it, by their shifts and centres.',
      }),
      opensAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When these hours begin, the present or the next ones; null where nobody who speaks it has hours.',
        resolve: ({ hours }) => hours?.from,
      }),
      closesAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When these hours end; null where they never do, and where there are none.',
        resolve: ({ hours }) => hours?.to,
      }),
    }),
  })
  builder.queryField('languageAvailability', (t) =>
    t.field({
      type: [availability],
      description:
        'When somebody is there who speaks each language of the desk: those of its agents and centres, in the order of their tags.',
      args: { language: t.arg.string({ description: 'This language alone, whatever its region; all unless given.' }) },
      extensions: { cost: 50 },
      resolve: (_, args, context) => {
        const { language } = readArguments(schema, args)
        return availabilities(context, language)
      },
    }),
  )
}

async function availabilities(
  { services: { desk, live, speakers } }: ApiContext,
  language: string | undefined,
): Promise<readonly Availability[]> {
  await desk.terms()
  const at = desk.now()
  const isThere = chatStaffAt(desk.timeline, live.presence, at)
  return languageAvailabilities(planAt(desk.timeline, at), await speakers(), at, language).map((each) => ({
    ...each,
    agents: each.speakers.filter((agent) => agent.availability === 'available' && isThere(agent)).length,
  }))
}
