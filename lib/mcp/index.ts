/** Guards for servers of the Model Context Protocol, over Streamable HTTP. MCP authorization 2026-07-28. */
export { authInfo } from './auth-info.js'
export type { McpAuthInfo } from './auth-info.js'
export { requireTools } from './tools.js'
export type { RequireToolsOptions } from './tools.js'
