/** Cannot be imported. */
throw new Error('DATABASE_URL is not set')
