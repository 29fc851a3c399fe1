import type { Configuration } from './configuration.ts'
import type { ConfigurationInput } from './consistency.ts'
import { configurationSchema } from './consistency.ts'

const label = (en: string, fr: string) => ({ en, fr })
const names = (...list: readonly string[]) => list.map((name) => ({ name }))

/**
 * The configuration of a desk before one is applied: thresholds and targets of responses (source: 003), categories with
 * their times to the resolution, and plans (004), the premium contract (000). Plans take precedence over categories,
 * since the sources define no order: a technical ticket has 2 hours, with the plan `standard` 4.
 */
const written: ConfigurationInput = {
  plans: ['standard', 'priority', 'urgent', 'premium'],
  calendars: {
    office: { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-18:00'] } },
  },
  teams: [
    { name: 'supervisors' },
    { name: 'investment_specialists' },
    { name: 'technical_specialists' },
    { name: 'account_specialists' },
    { name: 'compliance_specialists' },
    { name: 'billing_specialists' },
  ],
  categories: [
    {
      name: 'investment_support',
      label: label('Investments', 'Investissements'),
      priority: 'normal',
      escalateTo: 'investment_specialists',
      subcategories: names(
        'property_investment_help',
        'token_purchase_issues',
        'portfolio_questions',
        'dividend_inquiries',
        'staking_support',
      ),
    },
    {
      name: 'technical_support',
      label: label('Technical problems', 'Problèmes techniques'),
      priority: 'high',
      escalateTo: 'technical_specialists',
      subcategories: names(
        'app_not_working',
        'login_issues',
        'payment_failures',
        'wallet_connection_problems',
        'trading_platform_issues',
      ),
    },
    {
      name: 'account_support',
      label: label('Account', 'Compte'),
      priority: 'normal',
      escalateTo: 'account_specialists',
      subcategories: names(
        'kyc_verification',
        'account_security',
        'profile_updates',
        'document_upload_help',
        '2fa_assistance',
      ),
    },
    {
      name: 'compliance_support',
      label: label('Compliance', 'Conformité'),
      priority: 'high',
      escalateTo: 'compliance_specialists',
      subcategories: names(
        'regulatory_questions',
        'tax_documentation',
        'aml_inquiries',
        'reporting_help',
        'legal_clarifications',
      ),
    },
    {
      name: 'billing_support',
      label: label('Billing', 'Facturation'),
      priority: 'high',
      escalateTo: 'billing_specialists',
      subcategories: names(
        'payment_issues',
        'refund_requests',
        'billing_disputes',
        'subscription_help',
        'fee_clarifications',
      ),
    },
  ],
  objectives: { calendars: { firstResponse: 'office' } },
  sla: {
    policies: [
      {
        name: 'premium-critical',
        applies: { plans: ['premium'], priorities: ['urgent'] },
        firstResponse: '15m',
        nextResponse: '30m',
        resolution: '1h',
        update: '30m',
      },
      {
        name: 'premium-urgent',
        applies: { plans: ['premium'], priorities: ['high'] },
        firstResponse: '30m',
        nextResponse: '1h',
        resolution: '4h',
      },
      { name: 'premium', applies: { plans: ['premium'] }, firstResponse: '2h', nextResponse: '4h', resolution: '24h' },
      {
        name: 'urgent',
        applies: { priorities: ['urgent'] },
        firstResponse: '30m',
        nextResponse: '1h',
        resolution: '1h',
        update: '2h',
        escalateFrom: 'opening',
      },
      { name: 'plan-urgent', applies: { plans: ['urgent'] }, ...office('30m', '1h', '1h') },
      { name: 'plan-priority', applies: { plans: ['priority'] }, ...office('1h', '2h', '2h') },
      { name: 'plan-standard', applies: { plans: ['standard'] }, ...office('2h', '4h', '4h') },
      { name: 'technical', applies: { categories: ['technical_support'] }, ...office('1h', '2h', '2h') },
      { name: 'billing', applies: { categories: ['billing_support'] }, ...office('2h', '3h', '3h') },
      {
        name: 'investment-and-compliance',
        applies: { categories: ['investment_support', 'compliance_support'] },
        ...office('2h', '4h', '4h'),
      },
      { name: 'account', applies: { categories: ['account_support'] }, ...office('2h', '4h', '6h') },
      {
        name: 'everything-else',
        calendars: { firstResponse: 'office' },
        firstResponse: '2h',
        nextResponse: '4h',
        resolution: '24h',
      },
    ],
  },
}

/** Times within office hours: only emergencies are handled around the clock (source: 004). */
function office(firstResponse: string, nextResponse: string, resolution: string) {
  return { calendar: 'office', firstResponse, nextResponse, resolution, escalateFrom: 'opening' as const }
}

/** The configuration of a desk before one is applied. */
export const defaultConfiguration: Configuration = configurationSchema.parse(written)

/** Its name in events. */
export const defaultConfigurationVersion = 'guichet-default-4'
