/** Where claims did not fit the user's schema. */
import { withoutStack } from './without-stack.js'

/**
 * The `cause` of ERR_CLAIMS_REFUSED. `paths` says where the claims did not fit the schema, without
 * their values.
 */
export class ClaimsSchemaError extends Error {
  static override readonly name: string = 'ClaimsSchemaError'
  override readonly name = 'ClaimsSchemaError'
  readonly #paths: readonly string[]

  constructor(paths: readonly string[]) {
    const restore = withoutStack()
    const places = paths.length === 1 ? '1 place' : `${String(paths.length)} places`
    super(`The claims do not fit the schema in ${places}: see paths`)
    restore()
    this.#paths = Object.freeze([...paths])
  }

  /**
   * Dotted paths, such as `address.country`. Where the schema takes members of any name, such as
   * `z.record()`, their names are from the token, and may say whom it is about. So the message and
   * the printed error leave the paths out.
   */
  get paths(): readonly string[] {
    return this.#paths
  }
}
