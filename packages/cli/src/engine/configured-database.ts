/** The name of the store in the configured database: the embedded Postgres, or that of DATABASE_URL. */
export const configuredDatabase = 'database'
