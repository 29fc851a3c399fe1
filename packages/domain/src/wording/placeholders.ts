/**
 * The placeholders of canned texts, and what stands in place of a missing value. An empty default also takes the space
 * before the placeholder away, so that « Bonjour {{customer.firstName}}, » becomes « Bonjour, ».
 */
export const cannedPlaceholders = {
  'customer.name': '',
  'customer.firstName': '',
  'customer.plan': '–',
  'customer.openTickets': '0',
  'customer.alerts': '0',
  'customer.criticalAlerts': '0',
  'agent.name': '',
  'agent.firstName': '',
  'ticket.number': '–',
  'ticket.subject': '–',
  'chat.queue': '–',
  'chat.page': '–',
  'desk.signature': '',
} as const satisfies Readonly<Record<string, string>>

type CannedPlaceholder = keyof typeof cannedPlaceholders

/** The values of placeholders; a missing or blank one has its default. */
export type CannedValues = Readonly<Partial<Record<CannedPlaceholder, string | undefined>>>

/** `{{customer.name}}`, or `{{customer.name|friend}}` with a default of its own. Matches in linear time. */
const placeholder = /( ?)\{\{([^{}|]{0,100})(?:\|([^{}]{0,200}))?\}\}/g

/** The placeholders of a text that do not exist, or are not among the known ones, each once. */
export function unknownPlaceholders(
  text: string,
  knownNames: ReadonlySet<string> = new Set(Object.keys(cannedPlaceholders)),
): readonly string[] {
  const names = Array.from(text.matchAll(placeholder), ([, , name = '']) => name.trim())
  return [...new Set(names.filter((name) => !knownNames.has(name)))]
}

/**
 * Fills the placeholders of a text. Total: every known placeholder has a value or a default, and an unknown one stays as
 * it is. Values are inserted as plain text, once: a placeholder inside a value is text, and who shows the result as HTML
 * escapes it as a whole.
 */
export function renderCannedText(text: string, values: CannedValues): string {
  return text.replace(placeholder, (written, space: string, label: string, fallback: string | undefined) => {
    const name = label.trim()
    if (!isPlaceholder(name)) return written
    const value = values[name]?.trim() || (fallback ?? cannedPlaceholders[name])
    return value === '' ? '' : `${space}${value}`
  })
}

const isPlaceholder = (name: string): name is CannedPlaceholder => Object.hasOwn(cannedPlaceholders, name)

/** A person whose name a text may contain. */
type PersonNames = { readonly name?: string | undefined; readonly firstName?: string | undefined }

/** The values of the names of a customer and of an agent. */
export const nameValues = (customer: PersonNames, agent: PersonNames): CannedValues => ({
  'customer.name': customer.name ?? customer.firstName,
  'customer.firstName': customer.firstName ?? firstWord(customer.name),
  'agent.name': agent.name,
  'agent.firstName': firstWord(agent.name),
})

/** The first word of a name, by which texts address a person without a first name; undefined without a name. */
export const firstWord = (name: string | undefined): string | undefined => name?.trim().split(/\s+/)[0]
