/** The word for the store in the database of this configuration: the embedded Postgres, or that of DATABASE_URL. */
export const configuredDatabase = 'database'
