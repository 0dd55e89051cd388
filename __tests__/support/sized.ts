/**
 * The size of a flood, of generated input or of a list: modest by default, full with `THOROUGH=1`,
 * which CI sets.
 */
export function sized<T>(size: { readonly usual: T; readonly thorough: T }): T {
  return process.env['THOROUGH'] === '1' ? size.thorough : size.usual
}
