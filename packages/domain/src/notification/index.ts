export * from './channels.ts'
export * from './moment.ts'
export * from './notifications-for.ts'
