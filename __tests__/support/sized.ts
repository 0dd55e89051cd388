/**
 * The size of a flood or of generated input: modest by default, full with `THOROUGH=1`, which CI
 * sets.
 */
export function sized(size: { readonly usual: number; readonly thorough: number }): number {
  return process.env['THOROUGH'] === '1' ? size.thorough : size.usual
}
