/**
 * The fingerprint of RSA keys that Infineon's RSALib made (CVE-2017-15361, "ROCA"): their private
 * keys can be computed. Nemec, Sys, Svenda, Klinec, Matyas: "The Return of Coppersmith's Attack",
 * CCS 2017, §2.3. RFC 8725 §3.5.
 */

/**
 * The primes up to 167 for which 65537 generates only some of the residues. Modulo each of them,
 * both factors of such a modulus are powers of 65537, and so is the modulus. Of other moduli, one
 * in 2^27 has this property.
 */
const PRIMES: readonly number[] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]
const GENERATOR = 65537

export function hasRocaFingerprint(modulus: bigint): boolean {
  return PRIMES.every((prime) => isPowerOfGenerator(Number(modulus % BigInt(prime)), prime))
}

function isPowerOfGenerator(residue: number, prime: number): boolean {
  let power = 1
  do {
    if (power === residue) return true
    power = (power * GENERATOR) % prime
  } while (power !== 1)
  return false
}
