/** Where the pages are if the package is installed, as the line of NODE_DEBUG says. */
export const DOCS = 'node_modules/express-resource-server/docs'
